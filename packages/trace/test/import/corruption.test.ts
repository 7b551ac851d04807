import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";
import { corruptions, type Corruption } from "./helpers/corruptions.ts";
import { firstUnlawful, historiesOf, type Line, parseLine } from "./helpers/rwsem-history.ts";

// Every single lock line deleted or altered and every two neighbours swapped: the import has to report the first line
// at which no lawful history of the lock fits, which the checker in rwsem-history.ts decides on its own. What it finds
// lawful may still contradict other lines (a page fault that never locked, a callback whose trylock cannot have
// succeeded); such a divergence is of another kind. FAULTLINE_FULL=1 runs all of them; else it is all deletions
// and every 6th of the others.
const full = process.env["FAULTLINE_FULL"] === "1";
const SAMPLE = 6;

interface Count {
  tried: number;
  /** No lawful history of the locks. */
  unlawful: number;
  reported: number;
  /** The kernel could also have written this. */
  passed: number;
}

function check(
  name: "binder-6.1" | "binder-6.12",
  wanted: (corruption: Corruption, n: number) => boolean,
): Map<string, Count> {
  const original = capture(name);
  const profile = name.replace("binder", "linux");
  const parsed = new Map<string, Line>();
  const parse = (text: string): Line => {
    let line = parsed.get(text);
    if (line === undefined) parsed.set(text, (line = parseLine(text)));
    return line;
  };
  const before = historiesOf(original.map(parse));
  const counts = new Map<string, Count>();
  let n = 0;
  for (const corruption of corruptions(original)) {
    if (!wanted(corruption, n++)) continue;
    const { how, line, lines } = corruption;
    const expected = firstUnlawful(before[line - 1]!, lines.map(parse), line - 1);
    const { divergences } = importFtraceLines(lines, { profile, stopWhen: ({ kind }) => kind === "lock" });
    const found = divergences.find(({ kind }) => kind === "lock");
    expect(found?.line, `${how} at line ${line}: ${found?.reason}`).toBe(expected);
    if (expected !== undefined) expect(divergences[0]!.line).toBeLessThanOrEqual(expected);
    const count = counts.get(how) ?? { tried: 0, unlawful: 0, reported: 0, passed: 0 };
    counts.set(how, count);
    count.tried++;
    if (expected !== undefined) count.unlawful++;
    if (divergences.length > 0) count.reported++;
    else count.passed++;
  }
  for (const [how, count] of counts) console.log(name, how, JSON.stringify(count));
  return counts;
}

test("every lock line deleted from binder-6.1", { timeout: 300_000 }, () => {
  const { tried, unlawful, reported, passed } = check("binder-6.1", ({ how }) => how === "delete").get("delete")!;
  expect(tried).toBe(774);
  expect(reported).toBeGreaterThanOrEqual(768);
  expect(unlawful).toBeGreaterThanOrEqual(768);
  expect(passed).toBe(tried - reported);
  expect(passed).toBeGreaterThan(0);
});

test("lock lines altered in and swapped in binder-6.1", { timeout: 900_000 }, () => {
  const counts = check("binder-6.1", ({ how }, n) => how !== "delete" && (full || n % SAMPLE === 0));
  expect([...counts.values()].every(({ reported }) => reported > 0)).toBe(true);
});

test("lock lines deleted from, altered in and swapped in binder-6.12", { timeout: 900_000 }, () => {
  const counts = check("binder-6.12", ({ how }, n) => how === "delete" || full || n % SAMPLE === 0);
  expect([...counts.values()].every(({ reported }) => reported > 0)).toBe(true);
});
