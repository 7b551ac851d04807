import { type ByteSink, fileSink, importFtraceBytes, type ImportResult, parseTruth, Recorder } from "@faultline/trace";
import { basename, dirname } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { producer } from "../command-line/version.ts";
import { renderImport } from "../render/import.ts";
import { makeFolder } from "../trace/make-folder.ts";
import { readSmall } from "../trace/read-small.ts";
import { textBytes } from "../trace/text-bytes.ts";

export interface ImportCommandOptions {
  readonly profile?: string;
  readonly out?: string;
  readonly truth?: string;
  readonly lean?: boolean;
}

/** Events between two keyframes, and so in most blocks: a capture is long, and larger blocks are smaller files. */
export const KEYFRAME_EVENTS = 16_384;

/** `faultline import`: holds a kernel's own trace against the model. */
export async function importTrace(path: string, options: ImportCommandOptions, ui: Ui): Promise<ExitCode> {
  const { profile, out, lean } = options;
  const truth = options.truth === undefined ? undefined : parseTruth(readSmall(options.truth));
  const sink = out === undefined ? undefined : sinkFor(out);
  let recorder: Recorder | undefined;
  let events = 0;
  try {
    const found = await importFtraceBytes(textBytes(path), {
      profile,
      truth,
      onStart: (initial, kernel) => {
        if (sink === undefined) return;
        const meta = { source: basename(path), profile: kernel };
        recorder = new Recorder(sink, { producer, meta }, initial, { keyframeEvents: KEYFRAME_EVENTS });
      },
      onEvent: (event, transition, line, time, inferred) => {
        if (lean !== true || transition.writes.size > 0 || transition.violations.length > 0) {
          recorder?.record(
            event,
            transition,
            inferred && lean !== true ? { line, time, note: "inferred" } : { line, time },
          );
        }
        if (++events % 10_000 === 0) ui.progress(`line ${line}`);
      },
    });
    ui.progress(undefined);
    recorder?.finish();
    const result = { ...found, trace: out ?? null };
    ui.tell(renderImport(path, result, ui.width, ui.style));
    ui.json(result);
    return exitCode(result);
  } catch (error) {
    (recorder ?? sink)?.abort();
    // What says which file it was says it better.
    throw error instanceof Error && error.cause instanceof CliError ? error.cause : error;
  }
}

function sinkFor(out: string): ByteSink {
  makeFolder(dirname(out));
  return fileSink(out);
}

/** A difference is certain; what was lost or not understood leaves the question open. */
function exitCode({ divergenceCount, phases, ops, unknown, lost }: ImportResult): ExitCode {
  const differs = phases.some(({ vmas, pages }) => vmas === "differ" || pages === "differ");
  if (divergenceCount > 0 || ops === "differ" || differs) return 1;
  return unknown > 0 || lost > 0 ? 3 : 0;
}
