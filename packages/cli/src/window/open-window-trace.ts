import { profile, type Profile, ProfileError } from "@faultline/mm";
import {
  decodeTrace,
  ImportError,
  importFtraceBytes,
  MemorySink,
  openTrace,
  Recorder,
  type Trace,
  TraceError,
} from "@faultline/trace";
import { basename } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import { producer } from "../command-line/version.ts";
import { textBytes } from "../trace/text-bytes.ts";

/** A trace, and the kernel that it was recorded under. */
export interface WindowTrace {
  readonly trace: Trace;
  readonly profile: Profile;
  /** Knobs that differ from the profile's, as its header says. */
  readonly knobs: Readonly<Record<string, unknown>>;
}

/**
 * Opens a trace to take a window from: Faultline's own, or a kernel's text, which is imported on the way.
 * @throws TraceError; ImportError; CliError E_FROM_PROFILE for a trace that does not say which kernel it is of
 */
export async function openWindowTrace(
  path: string,
  progress: (text: string | undefined) => void,
): Promise<WindowTrace> {
  const trace = openOwn(path) ?? (await importText(path, progress));
  const { profile: name, knobs } = trace.info.meta;
  if (typeof name !== "string") {
    throw new CliError("E_FROM_PROFILE", `${path} does not say which kernel it is of. Import or record it again.`);
  }
  try {
    const own = typeof knobs === "object" && knobs !== null && !Array.isArray(knobs) ? knobs : {};
    return { trace, profile: profile(name), knobs: own as Readonly<Record<string, unknown>> };
  } catch (error) {
    if (error instanceof ProfileError) throw new CliError("E_FROM_PROFILE", `${path}: ${error.message}.`, error);
    throw error;
  }
}

/** The trace, or undefined for what is no trace of Faultline's. */
function openOwn(path: string): Trace | undefined {
  try {
    return openTrace(path);
  } catch (error) {
    if (error instanceof TraceError && error.code === "E_TRACE_FORMAT") return undefined;
    throw error;
  }
}

async function importText(path: string, progress: (text: string | undefined) => void): Promise<Trace> {
  const sink = new MemorySink();
  let recorder: Recorder | undefined;
  let events = 0;
  try {
    await importFtraceBytes(textBytes(path), {
      onStart: (initial, kernel) => {
        recorder = new Recorder(sink, { producer, meta: { source: basename(path), profile: kernel } }, initial);
      },
      onEvent: (event, transition, line, time) => {
        recorder?.record(event, transition, { line, time });
        if (++events % 10_000 === 0) progress(`line ${line}`);
      },
    });
  } catch (error) {
    if (error instanceof Error && error.cause instanceof CliError) throw error.cause;
    if (!(error instanceof ImportError) || error.code !== "E_IMPORT_FORMAT") throw error;
    throw new CliError(
      "E_FROM_FORMAT",
      `${path} is neither a trace of Faultline's nor a kernel's trace as text.`,
      error,
    );
  }
  progress(undefined);
  recorder?.finish();
  return decodeTrace(sink.bytes());
}
