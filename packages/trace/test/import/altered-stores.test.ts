import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture, type CaptureName } from "./helpers/captures.ts";
import { DrawnMap, storeOf, WINDOW_END, WINDOW_START, withRange } from "./helpers/drawn-map.ts";

// Edges of a VMA that a call leaves, moved by a page where it is stored: that is another map than the model's, which is
// reported where the lock is let go of; unless the edge lies where the window ends, beyond which nothing is known
// (helpers/drawn-map.ts draws the map by itself).
// FAULTLINE_FULL=1 moves every edge; else a sample.
const full = process.env["FAULTLINE_FULL"] === "1";

const captures: readonly [name: CaptureName, sample: number][] = [
  ["seq-mono", 1],
  ["madv-counter", 3],
  ["race-counter", 5],
];

const PAGE = 4096;
const MOVES: readonly (readonly [what: string, start: number, end: number])[] = [
  ["begins a page before", -PAGE, 0],
  ["begins a page later", PAGE, 0],
  ["ends a page before", 0, -PAGE],
  ["ends a page later", 0, PAGE],
];

const RELEASED = /-(\d+) .*: mmap_lock_released: mm=(\w+) /;

/** Where the task of a line lets go of a lock next, and whose it is. */
function releaseAfter(lines: readonly string[], at: number, pid: string): { at: number; mm: string } | undefined {
  for (let i = at; i < lines.length; i++) {
    const [, by, mm] = RELEASED.exec(lines[i]!) ?? [];
    if (by === pid) return { at: i, mm: mm! };
  }
  return undefined;
}

/** The map that lines leave, drawn by those that have to do with one address space. */
function drawn(lines: readonly string[], mine: ReadonlySet<number>): DrawnMap {
  const map = new DrawnMap();
  for (const [i, line] of lines.entries()) if (mine.has(i)) map.line(line);
  return map;
}

/** The lines that have to do with the address space whose lock is taken first, by number from 0. */
function linesOfFirst(lines: readonly string[]): ReadonlySet<number> {
  const own = /mmap_lock_\w+: mm=(\w+) /.exec(lines.find((line) => line.includes("mmap_lock_"))!)![1]!;
  const pidOf = (line: string): string => /-(\d+) /.exec(line)?.[1] ?? "";
  return new Set(lines.flatMap((line, i) => (releaseAfter(lines, i, pidOf(line))?.mm === own ? [i] : [])));
}

for (const [name, sample] of captures) {
  test(`edges of VMAs in ${name}, moved, are reported where the lock is let go of`, { timeout: 3_600_000 }, () => {
    const lines = capture(name);
    const mine = linesOfFirst(lines);
    let [tried, reported] = [0, 0];
    let n = 0;
    for (const i of mine) {
      const store = storeOf(lines[i]!);
      if (store === undefined) continue;
      const release = releaseAfter(lines, i, store.pid)!.at;
      const map = drawn(lines.slice(0, release), mine);
      if (!map.has(store)) continue;
      for (const [what, start, end] of MOVES) {
        if (!full && n++ % sample !== 0) continue;
        const moved = withRange(lines[i]!, store.start + start, store.end + end);
        if (moved === undefined) continue;
        const changed = lines.with(i, moved);
        const differs = drawn(changed.slice(0, release), mine).edges !== map.edges;
        const [first] = importFtraceLines(changed, { stopWhen: () => true }).divergences;
        tried++;
        if (!differs) {
          expect(first, `line ${i + 1} ${what}`).toBeUndefined();
          continue;
        }
        expect(first, `line ${i + 1} ${what}`).toMatchObject({ line: release + 1, kind: "vma" });
        reported++;
      }
    }
    console.log(name, `${tried} tried, ${reported} reported`);
    expect(reported).toBeGreaterThan(tried / 2);
  });
}

test("edges of VMAs that a fork copies, moved, are reported where they are copied", () => {
  const lines = capture("seq-mono");
  const mine = linesOfFirst(lines);
  const clone = lines.findIndex((line) => /: sys_clone\d?\(/.test(line));
  const end = lines.findIndex((line, i) => i > clone && line.includes("task_newtask"));
  let [tried, reported] = [0, 0];
  for (let i = clone; i < end; i++) {
    const store = storeOf(lines[i]!);
    if (store === undefined || mine.has(i)) continue;
    for (const [what, start, end] of MOVES) {
      const moved = withRange(lines[i]!, store.start + start, store.end + end);
      if (moved === undefined) continue;
      const [first] = importFtraceLines(lines.with(i, moved), { stopWhen: () => true }).divergences;
      tried++;
      // Beyond the window nothing is known: a VMA may go on there.
      const beyond = store.start + start < WINDOW_START || store.end + end > WINDOW_END;
      if (beyond) expect(first, `line ${i + 1} ${what}`).toBeUndefined();
      else {
        expect(first, `line ${i + 1} ${what}`).toMatchObject({ line: i + 1, kind: "vma" });
        reported++;
      }
    }
  }
  expect(tried).toBe(40);
  expect(reported).toBe(38);
});
