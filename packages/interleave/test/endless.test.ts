import {
  again,
  createKernel,
  kernelMachine,
  type Kernel,
  loop,
  mmAlloc,
  profile,
  runAlone,
  Snapshot,
  type Steps,
  Table,
  task,
  taskCount,
  VM,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { explore, type Program } from "../src/index.ts";
import { renumbered } from "../src/space/generations.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);
const AT = 0x10000;

/** Threads that live in one address space and go on for ever: each is one turn of its loop. */
function endless(...turns: ((mm: number) => Steps<unknown>)[]): Program {
  const table = new Table(Snapshot.empty.with(new Map([[taskCount as never, turns.length + 1]])));
  const mm = runAlone(kernelMachine, table, 0, mmAlloc());
  turns.forEach((_, i) => {
    table.apply(new Map([[task.of(i + 1) as never, { name: `t${i + 1}`, mm }]]));
  });
  return {
    machine: kernelMachine,
    initial: table.snapshot(),
    threads: turns.map((turn, i) => ({
      task: i + 1,
      name: `t${i + 1}`,
      daemon: true,
      start: () =>
        loop(null, function* () {
          yield* turn(mm);
          return again(null);
        }),
    })),
  };
}

const writeLock = function* (mm: number): Steps<void> {
  yield* k.mmapWriteLock(mm);
  yield* k.mmapWriteUnlock(mm);
};
const tryLock = function* (mm: number): Steps<void> {
  if (yield* k.mmapReadTrylock(mm)) yield* k.mmapReadUnlock(mm);
};
const mapUnmap = function* (mm: number): Steps<void> {
  yield* k.mmap(mm, { start: AT, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "" });
  yield* k.munmap(mm, AT, 4096);
};
const look = function* (mm: number): Steps<void> {
  yield* k.mmapReadLock(mm);
  yield* k.vmaLookup(mm, AT);
  yield* k.mmapReadUnlock(mm);
};

const budget = { states: 30_000 };

describe("endless threads have finitely many states", () => {
  it.each([
    ["takes and drops mmap_write_lock", [writeLock]],
    ["retries a trylock while another writes", [tryLock, writeLock]],
    ["maps and unmaps", [mapUnmap]],
    ["maps and unmaps while another looks", [mapUnmap, look]],
  ] as const)("%s", (_, turns) => {
    for (const persistentSets of [true, false]) {
      const result = explore(endless(...turns), { persistentSets, budget });
      expect([result.verdict, result.stopped]).toEqual(["clean", undefined]);
    }
  });

  it("finds what only the second turn breaks", () => {
    const twice = function* (mm: number): Steps<void> {
      const kept = yield* k.readOnce("kept");
      yield* k.mmap(mm, { start: AT, length: 4096, flags: VM.READ, ops: "", owner: "" });
      yield* k.mmapReadLock(mm);
      if (kept !== 0) yield* k.readVmFlags(kept as { vma: number; gen: number });
      yield* k.writeOnce("kept", yield* k.vmaLookup(mm, AT));
      yield* k.mmapReadUnlock(mm);
      yield* k.munmap(mm, AT, 4096);
    };
    const result = explore(endless(twice), { budget });
    expect(result.stopped).toBeUndefined();
    expect(new Set(result.findings.map(({ violation }) => violation.rule.name))).toContain("VMA-GEN");
  });
});

describe("renumbered generations", () => {
  const at = (gen: number, stale: number) =>
    renumbered([
      { slot: "vma:0", value: ["vma:0", { gen, state: "attached" }] },
      { slot: "", value: ["binder:0/vma", { vma: 0, gen: stale }] },
    ]);

  it("are alike when they compare alike", () => {
    expect(at(5, 5)).toBe(at(9, 9));
    expect(at(5, 4)).toBe(at(9, 2));
    expect(at(5, 5)).not.toBe(at(5, 4));
  });

  it("are each slot's own", () => {
    const two = (a: number, b: number) =>
      renumbered([
        { slot: "", value: { vma: 0, gen: a } },
        { slot: "", value: { vma: 1, gen: b } },
      ]);
    expect(two(3, 4)).toBe(two(9, 1));
  });

  it("of no known slot are not renumbered at all", () => {
    expect(renumbered([{ slot: "", value: { gen: 3 } }])).toBeUndefined();
  });

  it("in messages are those that something else still has, or old", () => {
    const said = (...names: string[]) =>
      renumbered([
        { slot: "", value: names },
        { slot: "", value: { vma: 0, gen: 7 } },
      ]);
    expect(said("X vma:0#7")).toContain("vma:0#1");
    expect(said("X vma:0#3", "X vma:0#4")).toBe(said("X vma:0#2"));
  });
});
