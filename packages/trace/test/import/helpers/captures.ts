import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseTruth, type TruthFile } from "../../../src/index.ts";

const folder = new URL("../../../../../test/captures/", import.meta.url);

/** Captures of real kernels, with their file names. */
const FILES = {
  "binder-6.1": "binder-6.1.txt",
  "binder-6.12": "binder-6.12.txt",
  "binder-6.1-full": "binder-6.1-full.txt.gz",
  "binder-6.12-full": "binder-6.12-full.txt.gz",
  "seq-mono": "seq-mono.trace.gz",
  "race-counter": "race-counter.trace.gz",
  "madv-counter": "madv-counter.trace.gz",
  "fork-counter": "fork-counter.trace.gz",
  "reclaim-mono": "reclaim-mono.trace.gz",
  "race-tracecmd": "race-tracecmd.report.txt.gz",
  "race-strace": "race.strace.gz",
  "overrun-mono": "overrun-mono.trace.gz",
  "trace_pipe-lost": "trace_pipe-lost.txt.gz",
  "big-mono": "big-mono.trace.gz",
} as const;

export type CaptureName = keyof typeof FILES;

/** The lines of a real trace. */
export function capture(name: CaptureName): string[] {
  const lines = text(FILES[name]).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** What the traced program wrote down of itself. */
export function truthOf(name: CaptureName): TruthFile {
  return parseTruth(text(`${name}.truth.txt.gz`));
}

function text(file: string): string {
  const bytes = readFileSync(new URL(file, folder));
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}
