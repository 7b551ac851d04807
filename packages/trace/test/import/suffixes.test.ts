import { expect, test } from "vitest";
import { type ImportDivergence, importFtraceLines } from "../../src/index.ts";
import { capture, type CaptureName } from "./helpers/captures.ts";

// A capture of which the head is missing is what the model does, from whichever line it is read: what was there before
// is unknown until it shows. FAULTLINE_FULL=1 reads each from every line on; else from a few.
const full = process.env["FAULTLINE_FULL"] === "1";

const known = new Map<CaptureName, readonly string[]>();

function linesOf(name: CaptureName): readonly string[] {
  let lines = known.get(name);
  if (lines === undefined) known.set(name, (lines = capture(name)));
  return lines;
}

function profileOf(name: CaptureName): string {
  return name.startsWith("binder") ? `linux-${/6\.\d+/.exec(name)![0]}` : "linux-6.18";
}

const captures: readonly [name: CaptureName, step: number][] = [
  ["seq-mono", 41],
  ["race-counter", 61],
  ["madv-counter", 83],
  ["fork-counter", 89],
  ["reclaim-mono", 71],
  ["race-tracecmd", 67],
  ["overrun-mono", 43],
  ["trace_pipe-lost", 59],
  ["binder-6.1", 97],
  ["binder-6.12", 101],
  ["binder-6.1-full", 509],
  ["binder-6.12-full", 613],
];

test.each(captures)(
  "%s is what the model does from whichever line it is read",
  { timeout: 3_600_000 },
  (name, step) => {
    const lines = linesOf(name);
    for (let from = 0; from < lines.length; from += full ? 1 : step) {
      const { divergences } = importFtraceLines(lines.slice(from), { profile: profileOf(name) });
      expect(divergences, `from line ${from + 1}`).toEqual([]);
    }
  },
);

/** What the lines from one on diverge in, up to another; those after it are there to be read ahead. */
function between(lines: readonly string[], profile: string, from: number, length: number): readonly ImportDivergence[] {
  const { divergences } = importFtraceLines(lines.slice(from, from + length + READ_AHEAD), { profile });
  return divergences.filter(({ line }) => line <= length);
}

const READ_AHEAD = 4_200;

test("half a million events are what the model does from wherever they are read", { timeout: 3_600_000 }, () => {
  const lines = linesOf("big-mono");
  const [step, length] = full ? [211, 1_500] : [41_011, 1_000];
  for (let from = 0; from < lines.length; from += step) {
    expect(between(lines, "linux-6.18", from, length), `from line ${from + 1}`).toEqual([]);
  }
});

const heads: readonly [what: string, name: CaptureName, from: number, length: number][] = [
  ["a task waits for the lock since before, and a writer that came later queues behind it", "race-counter", 813, 60],
  ["a writer that waits since before has queued, and others go past it", "race-counter", 270, 60],
  ["one that waits since before shows only beyond what is read ahead", "big-mono", 104_487, 1_300],
  ["in the middle of a fork the child's lock is let go of first", "fork-counter", 183, 600],
  ["a VMA goes on where memory is not known", "race-tracecmd", 5, 1_100],
  ["shared memory at memory that is not known has no anon_vma", "big-mono", 18_015, 1_200],
  ["private memory there may have that of its neighbours, or another", "big-mono", 36_030, 700],
  ["two that the model gave different ones are one", "big-mono", 172_583, 1_300],
  ["what another call is about to map is not there yet", "big-mono", 110_492, 1_100],
  ["a call that began before the trace changes what was known", "big-mono", 74_462, 1_400],
  ["it overtakes one that is under way", "big-mono", 333_878, 300],
  ["and what that one puts in place may have other neighbours", "big-mono", 187_356, 1_200],
  ["a call that is not followed changes what another has just put in place", "big-mono", 120_100, 600],
  ["mremap of several VMAs leaves what is where its holes go", "big-mono", 491_538, 1_300],
  ["the lock of an address space that is torn down was had since before", "binder-6.1", 1_834, 50],
  ["a buffer was mapped in sight, in memory of which the rest is not known", "binder-6.1-full", 40, 7_900],
  ["the trace begins in the driver, which has another process's lock", "binder-6.1-full", 1_059, 1_400],
];

test.each(heads)("head missing: %s", (_, name, from, length) => {
  expect(between(linesOf(name), profileOf(name), from, length)).toEqual([]);
});
