import { kernelMachine, runAlone, type Snapshot, StuckError, task, taskCount } from "@faultline/mm";
import { ModelProcess, parseOperations, type ResultLine } from "@faultline/oracle";
import { describe, expect, test } from "vitest";

function run(process: ModelProcess, ...lines: readonly string[]): readonly ResultLine[] {
  return parseOperations(lines.join("\n")).flatMap((operation) => process.run(operation));
}

/** The tasks that a state tells of, by number, each with its address space. */
function tasksOf(state: Snapshot): ReadonlyMap<number, number | null> {
  const found = new Map<number, number | null>();
  for (const [{ key }] of state.entries()) {
    const id = /^task:(\d+)$/u.exec(key)?.[1];
    if (id !== undefined) found.set(Number(id), state.get(task.of(Number(id))).mm);
  }
  return found;
}

describe("a process that has forked", () => {
  const nested = [1, 2, 5].map((forks) => [forks] as const);

  test.each(nested)("%i times, each time from the child: every task is one of those that are looked at", (forks) => {
    const process = new ModelProcess({ profile: "linux-6.18" });
    for (let depth = 1; depth <= forks; depth++) {
      run(process, "fork r 0x1000", "forkcont");
      const tasks = tasksOf(process.table.snapshot());
      expect([...tasks.keys()]).toHaveLength(depth + 1);
      expect(tasks.get(depth + 1)).toBe(process.mm);
      expect(process.table.get(taskCount)).toBe(depth + 2);
    }
    run(process, "fork");
    const tasks = tasksOf(process.table.snapshot());
    expect(Math.max(...tasks.keys())).toBe(forks + 2);
    expect(process.table.get(taskCount)).toBe(forks + 3);
  });

  test.each(nested)("%i times: what the youngest holds keeps others out", (forks) => {
    const process = new ModelProcess({ profile: "linux-6.18" });
    run(process, ...Array.from({ length: forks }, () => "forkcont"));
    const { table, mm, kernel } = process;
    runAlone(kernelMachine, table, forks + 1, kernel.mmapReadLock(mm));
    expect(() => runAlone(kernelMachine, table, 1, kernel.mmapWriteLock(mm))).toThrow(StuckError);
  });
});

describe("a reset", () => {
  const AGAIN = ["mmap 0x4000 0x1000 rw SF f0 0", "r 0x4000"];
  const READS_F = [{ ret: "4000" }, { touch: String("F".charCodeAt(0)) }];

  test.each([
    ["was written through a mapping", ["mmap 0x4000 0x2000 rw SF f0 0", "w 0x4000", "munmap 0x4000 0x2000"]],
    ["was written through a mapping that is there still", ["mmap 0x8000 0x1000 rw SF f0 0", "w 0x8000"]],
    ["was written, a reset before", ["mmap 0x4000 0x1000 rw SF f0 0", "w 0x4000", "reset", ...AGAIN, "w 0x4000"]],
    ["was written by a child", ["mmap 0x4000 0x1000 rw SF f0 0", "fork w 0x4000", "munmap 0x4000 0x1000"]],
    ["was cut to nothing", ["trunc f0 0"]],
    ["was cut through a descriptor that writes alone", ["trunc f2 0"]],
    ["was cut and made longer again", ["trunc f0 0", "trunc f0 0x100000"]],
    ["was written in a copy alone", ["mmap 0x4000 0x1000 rw PF f0 0", "w 0x4000"]],
    ["was not used", ["mmap 0x4000 0x1000 rw SF m0 0", "w 0x4000"]],
  ])("gives a file on disk that %s what it began with", (_how, before) => {
    const process = new ModelProcess({ profile: "linux-6.12" });
    expect(run(process, ...before, "reset").at(-1)).toMatchObject({ ret: "0", vmas: [], pg: "" });
    expect(run(process, ...AGAIN)).toMatchObject(READS_F);
  });

  test("empties the files in memory", () => {
    const process = new ModelProcess({ profile: "linux-6.12" });
    const map = "mmap 0x4000 0x1000 rw SF m1 0";
    expect(run(process, map, "w 0x4000", "r 0x4000").at(-1)).toMatchObject({ touch: "90" });
    expect(run(process, "reset", map, "r 0x4000").at(-1)).toMatchObject({ touch: "0" });
  });
});
