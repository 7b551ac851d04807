import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture, type CaptureName } from "./helpers/captures.ts";
import { corruptions } from "./helpers/corruptions.ts";
import { firstUnlawful, historiesOf, History, type Line, parseLine } from "./helpers/rwsem-history.ts";

// As corruption.test.ts, on the captures of several threads that fault, map and unmap at once: one lock line deleted,
// altered in a field, or swapped with its neighbour. Where lines were lost, the part of the trace that all CPUs have.
// FAULTLINE_FULL=1 runs every one of them; else a sample, another part of the trace for each kind.
const full = process.env["FAULTLINE_FULL"] === "1";

const captures: readonly [name: CaptureName, from: number, to: number, sample: number][] = [
  ["seq-mono", 0, 874, 23],
  ["race-counter", 0, 2_134, 97],
  ["madv-counter", 0, 1_741, 61],
  ["fork-counter", 0, 1_675, 41],
  ["reclaim-mono", 0, 1_286, 13],
  ["race-tracecmd", 0, 1_467, 61],
  ["overrun-mono", 115, 891, 41],
  ["trace_pipe-lost", 83, 1_028, 61],
  ["big-mono", 0, 2_500, 149],
];

/** Lines of big-mono, counted from 0, before which no task has, waits for, or is about to let go of a lock. */
const quiet = [
  27_135, 63_284, 86_427, 110_918, 130_926, 150_963, 170_963, 195_524, 224_199, 284_955, 305_052, 325_053, 345_071,
  376_640, 399_427, 426_656, 455_199, 476_398, 496_402, 512_612,
];
const WINDOW = 1_000;

const parsed = new Map<string, Line>();

function parse(text: string): Line {
  let line = parsed.get(text);
  if (line === undefined) parsed.set(text, (line = parseLine(text)));
  return line;
}

/** Corrupts every `sample`-th of what can be corrupted in the lines, of which the first is number `from` + 1. */
function check(original: readonly string[], sample: number, from: number): { tried: number; unlawful: number } {
  parsed.clear();
  const before = historiesOf(original.map(parse));
  let [n, tried, unlawful] = [0, 0, 0];
  for (const { how, line, lines } of corruptions(original)) {
    if (n++ % sample !== 0) continue;
    const expected = firstUnlawful(before[line - 1]!, lines.map(parse), line - 1);
    const { divergences } = importFtraceLines(lines, {
      profile: "linux-6.18",
      stopWhen: ({ kind }) => kind === "lock",
    });
    const found = divergences.find(({ kind }) => kind === "lock");
    expect(found?.line, `${how} at line ${line + from}: ${found?.reason}`).toBe(expected);
    tried++;
    if (expected !== undefined) unlawful++;
  }
  return { tried, unlawful };
}

for (const [name, from, to, sample] of captures) {
  test(`lock lines of ${name}, corrupted, are reported where no history fits`, { timeout: 3_600_000 }, () => {
    const { tried, unlawful } = check(capture(name).slice(from, to), full ? 1 : sample, from);
    console.log(name, `${tried} tried, ${unlawful} fit no history`);
    expect(unlawful).toBeGreaterThan(tried / 2);
  });
}

test("lock lines of big-mono, corrupted in twenty places (FAULTLINE_FULL=1: more)", { timeout: 3_600_000 }, () => {
  const lines = capture("big-mono");
  let [tried, unlawful] = [0, 0];
  for (const from of quiet) {
    const found = check(lines.slice(from, from + WINDOW), full ? 5 : 397, from);
    tried += found.tried;
    unlawful += found.unlawful;
  }
  console.log("big-mono", `${tried} tried, ${unlawful} fit no history`);
  expect(unlawful).toBeGreaterThan(tried / 2);
});

test("nobody has to do with a lock where those places begin (FAULTLINE_FULL=1: all of big-mono)", () => {
  const lines = capture("big-mono");
  let history = new History();
  const found = new Set<number>();
  for (const [i, line] of lines.entries()) {
    if (!full && i > quiet[0]!) break;
    if (history.isQuiet) found.add(i);
    const next = history.next(parseLine(line));
    if (next === undefined) return expect.unreachable(`line ${i + 1} fits no history`);
    history = next;
  }
  for (const start of full ? quiet : quiet.slice(0, 1)) expect(found, `line ${start + 1}`).toContain(start);
});
