import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";
import { lockLinesOf } from "./helpers/lock-lines.ts";
import { unlawfulLine } from "./helpers/unlawful-line.ts";

// What kernel/locking/rwsem.c makes of a few tasks, worked out by hand: the importer and the checker that its tests go by
// (helpers/rwsem-history.ts) must both say so, and at the same line.

const OUT = ["A", "B", "C", "D"].map((task) => `${task} is out`).join("\n");

const histories: readonly [what: string, text: string][] = [
  [
    "a trylock fails because a writer queued behind a reader that has left; who goes past it then needs nobody else",
    `${OUT}
     A starts R
     C starts R
     B starts W
     A gets R
     A leaves R
     A is out
     A starts R
     A fails R
     A starts R
     A gets R
     A leaves R
     A is out
     C gets W !`,
  ],
  [
    "a writer's trylock fails because a reader that has started to has the lock already",
    `${OUT}
     A starts R
     B starts W
     B fails W
     B leaves W !`,
  ],
  [
    "a trylock fails because a writer queued, which the same task then goes past",
    `${OUT}
     A starts R
     A gets R
     B starts W
     A leaves R
     A starts R
     A fails R
     A starts W
     A gets W
     A leaves W
     A is out
     B gets W`,
  ],
  [
    "two trylocks fail because a writer queued, and one of the two tasks goes past it",
    `${OUT}
     A starts R
     A gets R
     C starts R
     B starts W
     A leaves R
     A starts R
     C fails R
     A fails R
     A starts W
     A gets W
     A leaves W
     A is out
     B gets W`,
  ],
  [
    "of three trylocks that fail any one may have had the lock, up to where the last fails",
    `${OUT}
     A starts R
     B starts W
     C starts W
     B fails W
     A fails R
     C fails W !`,
  ],
  [
    "two tasks were there before the trace began: one had the lock alone, so the other had it not",
    `A leaves W
     A is out
     B leaves R !`,
  ],
  [
    "readers that wait for a writer are let in together when it goes on as a reader, before one that queued behind them",
    `${OUT}
     E is out
     C starts W
     C gets W
     A starts R
     B starts R
     E starts R
     D starts W
     C downgrades
     B gets R
     E gets R
     C leaves R
     C starts R
     C fails R
     A gets R`,
  ],
  [
    "who starts to take it in sight has not had it before",
    `A is out
     A starts R
     A fails R !
     B starts W
     B gets W
     B leaves W`,
  ],
  [
    "both had it for reading",
    `A leaves R
     A is out
     B leaves R
     B leaves R !`,
  ],
];

for (const [what, text] of histories) {
  test(what, () => {
    const { lines, unlawful } = lockLinesOf(text);
    expect(unlawfulLine(lines)).toBe(unlawful);
  });
}

const heads: readonly [what: string, text: string][] = [
  [
    "a writer that waits since before the trace has queued: readers go past it, one at a time",
    `A is out
     A starts R
     A fails R
     A starts R
     A gets R
     A leaves R
     A is out
     B gets W
     B leaves W
     B is out`,
  ],
  [
    "a reader that waits since before has the lock, behind which a writer queues",
    `A is out
     B is out
     B starts W
     A starts R
     A fails R
     C gets R
     C leaves R
     C is out
     B gets W
     B leaves W`,
  ],
  [
    "a writer has the lock since before, and not the one that waits for it: another goes past that one",
    `A is out
     B is out
     A starts W
     B starts R
     B fails R
     C leaves W
     C is out
     B starts R
     B gets R
     B leaves R
     B is out
     A gets W
     A leaves W`,
  ],
  [
    "readers wait since before for a writer that goes on as a reader, and a writer queues behind them",
    `D starts W
     C gets W
     C downgrades
     B gets R
     C leaves R
     C starts R
     C fails R
     A gets R`,
  ],
  [
    "two writers wait for one that has it since before: the first queues, and others fail because of it",
    `B starts W
     A starts W
     C gets W
     C downgrades
     C leaves R
     D fails W
     C starts W
     C gets W
     C leaves W
     A gets W`,
  ],
];

for (const [what, text] of heads) {
  test(`head missing: ${what}`, () => {
    expect(importFtraceLines(lockLinesOf(text).lines, { profile: "linux-6.18" }).divergences).toEqual([]);
  });
}

test("who shows only beyond what is read ahead may be why a trylock fails, when the trace has just begun", () => {
  const { lines } = lockLinesOf(`A is out
     A starts R
     A fails R
     A is out
     A is out
     A is out
     A is out
     B gets W
     B leaves W`);
  expect(importFtraceLines(lines, { profile: "linux-6.18", lookAhead: 3 }).divergences).toEqual([]);
  // Whoever does not show at all is nobody's reason.
  const [first] = importFtraceLines(lines.slice(0, -2), { profile: "linux-6.18" }).divergences;
  expect(first).toMatchObject({ line: 3, kind: "lock" });
});

test("a lock of an address space that was torn down while somebody had it is not free in the next one there", () => {
  const { lines } = lockLinesOf(`A is out
     C is out
     A starts R
     A gets R
     C starts W
     C gets W
     C leaves W`);
  // By a task that was there before the trace, and may have had the lock then.
  const end = `task-66 ( 60) [000] ..... 1003: exit_mmap: mt_mod 00000000aa00bb11, DESTROY`;
  const found = importFtraceLines(lines.toSpliced(4, 0, end), { profile: "linux-6.1" }).divergences;
  expect(found).toMatchObject([
    { line: 7, kind: "lock", reason: expect.stringContaining("has not let go of one that is gone") as string },
  ]);
  const left = lines.toSpliced(4, 0, lockLinesOf("A leaves R").lines[0]!, lockLinesOf("A is out").lines[0]!, end);
  expect(importFtraceLines(left, { profile: "linux-6.1" }).divergences).toEqual([]);
});

test("who waited when lines were lost is not waited for: the lock is followed again", () => {
  const { lines } = lockLinesOf(`${OUT}
     A starts W
     B starts W
     B gets W
     C starts W
     C gets W`);
  const at = lines.findIndex((line) => line.includes("start_locking"));
  expect(importFtraceLines(lines, { profile: "linux-6.18" }).divergences).toMatchObject([{ line: 9, kind: "lock" }]);
  const torn = lines.toSpliced(at + 1, 0, "CPU:1 [LOST 7 EVENTS]", ...lines.slice(at - 3, at));
  expect(importFtraceLines(torn, { profile: "linux-6.18" }).divergences).toMatchObject([{ line: 13, kind: "lock" }]);
});

test("who shows only beyond what is read ahead is nobody's reason for longer than anybody is made to wait", () => {
  const LONGEST = 16_384;
  const out = (count: number): string => "A is out\n".repeat(count);
  const found = (before: number): unknown => {
    const { lines } = lockLinesOf(`${out(before - 2)}A starts R\nA fails R\n${out(5)}B gets W\nB leaves W`);
    return importFtraceLines(lines, { profile: "linux-6.18", lookAhead: 3 }).divergences;
  };
  expect(found(LONGEST - 1)).toEqual([]);
  expect(found(LONGEST)).toMatchObject([{ line: LONGEST, kind: "lock" }]);
  expect(found(LONGEST + 1)).toMatchObject([{ line: LONGEST + 1, kind: "lock" }]);
});

test("a lock that is let go of while another is had, both taken in sight but the one, is not the task's own", () => {
  const lines = capture("seq-mono");
  const [mms, last] = [new Set(lines.flatMap((line) => /mm=(0\w{15}) /.exec(line)?.[1] ?? [])), lines.at(-1)!];
  const own = /mm=(\w+) /.exec(last)![1]!;
  for (const other of mms) {
    if (other === own) continue;
    const changed = lines.with(-1, last.replace(own, other));
    const found = importFtraceLines(changed).divergences.find(({ kind }) => kind === "lock");
    expect(found?.line, `mm=${other}`).toBe(lines.length);
  }
  expect(mms.size).toBeGreaterThan(1);
});
