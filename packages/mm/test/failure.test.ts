import { describe, expect, it } from "vitest";
import {
  binderOpen,
  checkEnd,
  ERRNO,
  type Failure,
  kernelMachine,
  presentPte,
  pteAt,
  type Steps,
  VM,
  vmaSlot,
  vmaTree,
} from "../src/index.ts";
import type { Context, VmOps } from "../src/kernel/context.ts";
import { mremap } from "../src/kernel/mremap.ts";
import { munmap } from "../src/kernel/munmap.ts";
import { drive } from "../src/events/drive.ts";
import { writeLocked } from "../src/objects/mm.ts";
import { pageSlot, pagePool } from "../src/objects/page.ts";
import { mmapLock } from "../src/objects/rwsem.ts";
import { AT, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/** A kernel in which this may fail. */
function failing(profile: string, ...injectFailures: Failure[]): World {
  return new World(3, profile, { injectFailures });
}

/** Runs steps as task 1 where the `nth` injected failure happens, counted from 0, and no other. */
function runFailing<R>(w: World, nth: number, steps: Steps<R>): R {
  let asked = 0;
  return drive(steps, ({ op }, args) => {
    const choice = op === "should_fail" && asked++ === nth ? { choice: "fails" } : {};
    return w.done({ task: 1, op, args, ...choice });
  });
}

const areas = (w: World, mm: number) => w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end]);
const states = (w: World, mm: number) =>
  w.table.get(vmaTree.of(mm)).map(({ vma }) => w.table.get(vmaSlot.of(vma)).state);

/** Nothing is held, nothing write-locked, no rule broken; what is mapped is in use. */
function intact(w: World, mm: number): void {
  expect(w.broken(1)).toEqual([]);
  expect(w.table.get(mmapLock(mm).writer)).toBeNull();
  expect(w.table.get(writeLocked.of(mm))).toEqual([]);
  expect(new Set(states(w, mm)).size).toBeLessThanOrEqual(1);
  for (const state of states(w, mm)) expect(state).toBe("attached");
}

describe.each(["linux-5.4", "linux-6.4.3", "linux-6.12", "linux-7.0"])("munmap of %s without memory", (profile) => {
  it.each([0, 1])("for a piece that stays (%i): everything is as it was", (nth) => {
    const w = failing(profile, "vma");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ);
    mapAt(w, mm, AT + PAGE, 4);
    // The first area goes as a whole; the second must be split, at one edge or at both.
    const [from, length] = nth === 0 ? [AT, 2 * PAGE] : [AT + 2 * PAGE, 2 * PAGE];
    expect(runFailing(w, nth, w.k.munmap(mm, from, length))).toBe(ERRNO.ENOMEM);
    intact(w, mm);
    expect(w.as(1, w.k.munmap(mm, AT, 5 * PAGE))).toBe(0);
    expect(areas(w, mm)).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([0, 1, 2])("for the tree (%i): everything is as it was", (nth) => {
    const w = failing(profile, "maple");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ);
    mapAt(w, mm, AT + PAGE, 1);
    expect(runFailing(w, nth, w.k.munmap(mm, AT, 2 * PAGE))).toBe(ERRNO.ENOMEM);
    expect(areas(w, mm)).toEqual([
      [AT, AT + PAGE],
      [AT + PAGE, AT + 2 * PAGE],
    ]);
    intact(w, mm);
  });
});

describe("mmap over a mapping without memory", () => {
  it.each([
    ["linux-5.4", "accounting", []],
    ["linux-5.4", "vma", []],
    ["linux-6.12", "accounting", [[AT, AT + PAGE]]],
    ["linux-6.12", "vma", []],
  ] as const)("of %s, %s: what is left is %j", (profile, what, left) => {
    const w = failing(profile, what);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    const again = { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "" };
    expect(runFailing(w, 0, w.k.mmap(mm, again))).toBe(ERRNO.ENOMEM);
    expect(areas(w, mm)).toEqual(left);
    intact(w, mm);
    expect(w.as(1, w.k.mmap(mm, again))).toBe(AT);
    intact(w, mm);
  });
});

describe("mmap that fails after the driver's hook", () => {
  const map = (w: World) => {
    const mm = w.mm(1);
    const alloc = w.as(1, binderOpen(mm, "binder", 1));
    const mapping = { start: AT, length: PAGE, flags: VM.READ, ops: "binder", owner: `binder${alloc}` };
    return { mm, error: runFailing(w, 0, w.k.mmap(mm, mapping)) };
  };

  it.each([
    ["linux-5.4", ERRNO.ENOMEM],
    ["linux-6.1", ERRNO.ENOMEM],
    ["linux-6.12", AT],
  ])("of %s: %i", (profile, expected) => {
    const w = failing(profile, "mmap-late");
    const { mm, error } = map(w);
    expect(error).toBe(expected);
    expect(areas(w, mm)).toHaveLength(error === AT ? 1 : 0);
    intact(w, mm);
  });
});

describe("mprotect, mlock, madvise and mremap without memory", () => {
  const calls: readonly [string, Failure, (w: World, mm: number) => Steps<number>, number][] = [
    ["mprotect", "vma", (w, mm) => w.k.mprotect(mm, AT, PAGE, VM.READ), ERRNO.ENOMEM],
    ["mlock", "vma", (w, mm) => w.k.mlock(mm, AT, PAGE, true), ERRNO.ENOMEM],
    ["madvise", "vma", (w, mm) => w.k.madviseFlags(mm, AT, PAGE, "DONTFORK"), ERRNO.EAGAIN],
    ["mremap", "vma", (w, mm) => w.k.mremap(mm, move(AT + 8 * PAGE)), ERRNO.ENOMEM],
    ["mremap's growth", "maple", (w, mm) => w.k.mremap(mm, { ...move(null), newLength: 4 * PAGE }), ERRNO.ENOMEM],
  ];
  const move = (to: number | null) => ({ start: AT, oldLength: 2 * PAGE, newLength: 2 * PAGE, to, dontUnmap: false });

  it.each(calls)("%s", (_, what, call, expected) => {
    const w = failing("linux-6.12", what);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(runFailing(w, 0, call(w, mm))).toBe(expected);
    expect(areas(w, mm)).toEqual([[AT, AT + 2 * PAGE]]);
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.write).toBe(true);
    intact(w, mm);
  });

  it("mremap takes back what it has moved when page tables run out", () => {
    const w = failing("linux-6.12", "page-table");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    // The new place lies in two page tables; the second cannot be had.
    const to = 0x20_0000 - PAGE;
    expect(runFailing(w, 1, w.k.mremap(mm, move(to)))).toBe(ERRNO.ENOMEM);
    expect(areas(w, mm)).toEqual([[AT, AT + 2 * PAGE]]);
    expect(presentPte(w.table.get(pteAt(mm, AT + PAGE)))).not.toBeNull();
    expect(w.table.get(pteAt(mm, to + PAGE))).toBeNull();
    intact(w, mm);
  });
});

describe("a fault on a file without memory for its page table", () => {
  it.each([false, true])("is OOM, maps nothing and keeps nothing: write %s", (write) => {
    const w = failing("linux-6.12", "page-table");
    const mm = w.mm(1);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ | VM.WRITE, ops: "", owner: "", file }));
    expect(runFailing(w, 0, w.k.pageFault(mm, AT, write))).toBe("OOM");
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    // The cache has what was read; a copy of it has gone.
    expect(w.table.get(pagePool).free).toHaveLength(write ? 1 : 0);
    intact(w, mm);
  });
});

describe("fork without memory", () => {
  it.each([
    ["vma", 0],
    ["vma", 1],
    ["anon-vma", 0],
    ["page-table", 0],
  ] as const)("for a %s (%i) takes the child back", (what, nth) => {
    const w = failing("linux-6.12", what);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 4 * PAGE, 1, VM.READ);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(runFailing(w, nth, w.k.fork(mm, null, null))).toBe(ERRNO.ENOMEM);
    const { page } = presentPte(w.table.get(pteAt(mm, AT)))!;
    expect(Object.keys(w.table.get(pageSlot.of(page)).refs)).toHaveLength(1);
    intact(w, mm);
    w.as(1, w.k.exitProcess(mm));
    expect(w.table.get(pagePool).free).toEqual([page]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("a fault without memory", () => {
  it.each([
    ["page-table", true, 0],
    ["anon-vma", true, 0],
    ["page", true, 0],
  ] as const)("for a %s ends in OOM, and nothing is mapped", (what, write, nth) => {
    const w = failing("linux-6.12", what);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    expect(runFailing(w, nth, w.k.pageFault(mm, AT, write))).toBe("OOM");
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    intact(w, mm);
    expect(w.as(1, w.k.pageFault(mm, AT, write))).toBe("ok");
  });

  it("for a copy leaves the old page mapped", () => {
    const w = failing("linux-6.12", "page");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.fork(mm, 2, null));
    const before = w.table.get(pteAt(mm, AT));
    expect(runFailing(w, 0, w.k.pageFault(mm, AT, true))).toBe("OOM");
    expect(w.table.get(pteAt(mm, AT))).toEqual(before);
    expect(runFailing(w, 0, w.k.migratePages(presentPte(before)!))).toBeNull();
    expect(w.table.get(pteAt(mm, AT))).toEqual(before);
    intact(w, mm);
  });
});

describe("a driver's insert without a page table", () => {
  it("is -ENOMEM, and the page stays the caller's", () => {
    const w = failing("linux-6.12", "page-table");
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, VM.READ | VM.MIXEDMAP);
    const page = w.as(1, w.k.allocPage());
    w.as(1, w.k.mmapReadLock(mm));
    expect(runFailing(w, 0, w.k.vmInsertPage(mm, vma, AT, page, null))).toBe(ERRNO.ENOMEM);
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(w.table.get(pageSlot.of(page.page)).refs).toEqual({ task1: 1 });
    intact(w, mm);
  });
});

describe("a driver may refuse edges (may_split)", () => {
  it("munmap and mremap say so, with everything as it was", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2, VM.READ, "drv");
    const vmOps = new Map([
      [
        "drv",
        {
          *maySplit() {
            yield* w.k.readOnce("drv");
            return ERRNO.EINVAL;
          },
        } satisfies VmOps,
      ],
    ]);
    const k: Context = { knobs: w.k.knobs, vmOps };
    expect(w.as(1, munmap(k, mm, AT, PAGE))).toBe(ERRNO.EINVAL);
    const to = AT + 8 * PAGE;
    const half = { start: AT, oldLength: PAGE, newLength: PAGE, to, dontUnmap: false };
    expect(w.as(1, mremap(k, mm, half))).toBe(ERRNO.EINVAL);
    expect(areas(w, mm)).toEqual([[AT, AT + 2 * PAGE]]);
    expect(w.as(1, mremap(k, mm, { ...half, oldLength: 2 * PAGE, newLength: 2 * PAGE }))).toBe(to);
    intact(w, mm);
  });
});

it("a run in which nothing fails is as good as one in which nothing may", () => {
  const every: Failure[] = ["page", "page-table", "vma", "maple", "anon-vma", "accounting", "mmap-late"];
  const w = failing("linux-6.12", ...every);
  const mm = w.mm(1);
  mapAt(w, mm, AT, 3);
  w.as(1, w.k.pageFault(mm, AT, true));
  const child = w.as(1, w.k.fork(mm, 2, null));
  w.as(2, w.k.pageFault(child, AT, true));
  w.as(2, w.k.exitProcess(child));
  w.as(1, w.k.munmap(mm, AT + PAGE, PAGE));
  w.as(1, w.k.exitProcess(mm));
  expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  expect(checkEnd(kernelMachine, w.table.snapshot())).toEqual([]);
});
