import {
  type ByteSink,
  fileSink,
  importFtraceBytes,
  type ImportOptions,
  type ImportResult,
  parseTruth,
  Recorder,
} from "@faultline/trace";
import { basename, dirname } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import { producer } from "../command-line/version.ts";
import { keepHeapLean } from "../run/lean-heap.ts";
import { makeFolder } from "./make-folder.ts";
import { readSmall } from "./read-small.ts";
import { textBytes } from "./text-bytes.ts";

export interface ImportFileOptions {
  readonly profile?: string;
  /** Where the events go that the model has taken; nowhere, if absent. */
  readonly out?: string;
  readonly truth?: string;
  readonly lean?: boolean;
}

/** Events between two keyframes, and so in most blocks: a capture is long, and larger blocks are smaller files. */
export const KEYFRAME_EVENTS = 16_384;

/**
 * Holds a kernel's own trace against the model, and records what the model does.
 * @param progress is told the line, now and then
 * @throws CliError for a file that cannot be read; ImportError for one that is no trace
 */
export async function importFile(
  path: string,
  options: ImportFileOptions,
  progress: (line: number) => void,
): Promise<ImportResult> {
  const { profile, out, lean } = options;
  const truth = options.truth === undefined ? undefined : parseTruth(readSmall(options.truth));
  keepHeapLean();
  const sink = out === undefined ? undefined : sinkFor(out);
  let recorder: Recorder | undefined;
  const record: ImportOptions["onEvent"] = (event, transition, line, time, inferred) => {
    if (lean === true && transition.writes.size === 0 && transition.violations.length === 0) return;
    const note = inferred && lean !== true ? { note: "inferred" } : {};
    recorder?.record(event, transition, { line, time, ...note });
  };
  try {
    const found = await importFtraceBytes(textBytes(path), {
      profile,
      truth,
      onStart: (initial, kernel) => {
        if (sink === undefined) return;
        const meta = { source: basename(path), profile: kernel };
        recorder = new Recorder(sink, { producer, meta }, initial, { keyframeEvents: KEYFRAME_EVENTS });
      },
      onEvent: sink === undefined ? undefined : record,
      onLine: (line) => {
        if (line % 10_000 === 0) progress(line);
      },
    });
    recorder?.finish();
    return found;
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
