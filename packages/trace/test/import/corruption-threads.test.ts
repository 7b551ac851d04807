import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture, type CaptureName } from "./helpers/captures.ts";
import { corruptions } from "./helpers/corruptions.ts";
import { firstUnlawful, historiesOf, type Line, parseLine } from "./helpers/rwsem-history.ts";

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

for (const [name, from, to, sample] of captures) {
  test(`lock lines of ${name}, corrupted, are reported where no history fits`, { timeout: 3_600_000 }, () => {
    const original = capture(name).slice(from, to);
    const known = new Map<string, Line>();
    const parse = (text: string): Line => {
      let line = known.get(text);
      if (line === undefined) known.set(text, (line = parseLine(text)));
      return line;
    };
    const before = historiesOf(original.map(parse));
    let [n, tried, unlawful] = [0, 0, 0];
    for (const { how, line, lines } of corruptions(original)) {
      if (!full && n++ % sample !== 0) continue;
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
    console.log(name, `${tried} tried, ${unlawful} fit no history`);
    expect(unlawful).toBeGreaterThan(tried / 2);
  });
}
