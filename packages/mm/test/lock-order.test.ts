import { describe, expect, it } from "vitest";
import { rangeLockMm } from "../src/drivers/rust-range-state.ts";
import { mmapWriteLockNested } from "../src/events/fork-steps.ts";
import { doShrinkSlab } from "../src/events/lru-steps.ts";
import { vmaEnterLocked } from "../src/events/vma-write-steps.ts";
import {
  binderGenerations,
  binderOpen,
  documentedOutside,
  kernelMachine,
  LOCK_ORDER_PAIRS,
  runAlone,
  rustBinderGenerations,
  type Steps,
  TABLE_SPAN,
  VM,
} from "../src/index.ts";
import { AT, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/**
 * Reference: mm/rmap.c, the comment at its head, outer first; then mm/filemap.c, and what stands below swap_lock. Each
 * chain holds pair by pair.
 */
const DOCUMENTED: readonly (readonly string[])[] = [
  ["inode_rwsem", "mmap_lock", "invalidate_lock", "folio_lock", "vma_lock", "i_mmap", "anon_vma", "page_table_lock"],
  ["folio_lock", "hugetlb_i_mmap", "vma_lock"],
  ["anon_vma", "ptl", "swap_lock", "mmlist_lock"],
  ["page_table_lock", "ptl"],
  ["swap_lock", "private_lock", "i_pages", "lru_lock"],
  ["swap_lock", "i_lock"],
  ["swap_lock", "wb_list_lock"],
  ["inode_rwsem", "invalidate_lock", "i_mmap"],
  ["mmap_lock", "invalidate_lock", "folio_lock"],
  ["mmap_lock", "mmap_lock_nested", "vma_lock"],
  ["mm_lock", "mmap_lock", "range", "binder_lru"],
];

/** Takes a lock of this class that is not the mmap_lock of any mm: classes are names without their digits. */
const take = (w: World, name: string): void => {
  w.as(1, w.k.mutexLock(`${name}1`));
};

describe("the documented lock order, pair by pair", () => {
  it.each(LOCK_ORDER_PAIRS)("%s outside %s", (outer, inner) => {
    const right = new World();
    take(right, outer);
    take(right, inner);
    expect(right.broken(1)).toEqual([]);
    const wrong = new World();
    take(wrong, inner);
    take(wrong, outer);
    expect(wrong.broken(1)).toEqual(["LOCK-ORDER"]);
  });

  it.each(DOCUMENTED.flatMap((chain) => chain.slice(1).map((inner, i) => [chain[i]!, inner] as const)))(
    "has what the comments say: %s outside %s, not inside",
    (outer, inner) => {
      expect([documentedOutside(outer, inner), documentedOutside(inner, outer)]).toEqual([true, false]);
    },
  );

  it("has nothing that they do not say", () => {
    const said = new Set(DOCUMENTED.flatMap((chain) => chain.slice(1).map((inner, i) => `${chain[i]} ${inner}`)));
    const extra = LOCK_ORDER_PAIRS.filter(([outer, inner]) => !said.has(`${outer} ${inner}`));
    // A short cut, which the comment of mm/filemap.c writes out: a fault may lock a folio with no invalidate_lock.
    expect(extra).toEqual([["mmap_lock", "folio_lock"]]);
  });

  it("goes through chains, and says nothing of classes that it does not have", () => {
    expect(documentedOutside("inode_rwsem", "lru_lock")).toBe(true);
    expect(documentedOutside("lru_lock", "inode_rwsem")).toBe(false);
    expect(documentedOutside("alloc", "mmap_lock")).toBe(false);
    expect(documentedOutside("i_lock", "i_pages")).toBe(false);
  });

  it("has no circle", () => {
    for (const [outer] of LOCK_ORDER_PAIRS) expect(documentedOutside(outer, outer)).toBe(false);
  });

  it("lets whoever only tries take what it gets", () => {
    const w = new World();
    take(w, "ptl");
    w.as(1, w.k.spinTrylock("i_mmap1"));
    expect(w.broken(1)).toEqual([]);
  });

  it("holds for rwsems and spinlocks as well", () => {
    const w = new World();
    const mm = w.mm(1);
    w.as(1, w.k.downWrite("i_mmap0"));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.spinLock("swap_lock0"));
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
  });
});

describe("locks of one class", () => {
  const two = (): { w: World; mm: number; other: number } => {
    const w = new World();
    const mm = w.mm(1);
    const other = w.mm();
    w.as(1, w.k.mmget(other));
    return { w, mm, other };
  };

  it("the child's mmap_lock inside the parent's, nested", () => {
    const { w, mm, other } = two();
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, mmapWriteLockNested(other));
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["not nested", (w: World, mm: number, other: number) => [w.k.mmapWriteLock(mm), w.k.mmapWriteLock(other)]],
    ["read", (w: World, mm: number, other: number) => [w.k.mmapReadLock(mm), w.k.mmapReadLock(other)]],
    [
      "the parent's in the child's",
      (w: World, mm: number, other: number) => [mmapWriteLockNested(other), w.k.mmapWriteLock(mm)],
    ],
  ] as const)("LOCK-ORDER: two of two address spaces, %s", (_how, locks) => {
    const { w, mm, other } = two();
    for (const lock of locks(w, mm, other)) w.as(1, lock);
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
  });

  it.each([
    ["mmap_lock for writing, downwards", true, 2, []],
    ["mmap_lock for writing, upwards", true, 0, []],
    ["mmap_lock for reading, in the order of addresses", false, 2, []],
    ["LOCK-ORDER: mmap_lock for reading, against it", false, 0, ["LOCK-ORDER"]],
  ] as const)("two page-table locks under %s", (_how, write, second, broken) => {
    const { w, mm } = two();
    w.as(1, write ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    for (const table of [1, second]) w.as(1, w.k.pteAlloc(mm, table * TABLE_SPAN));
    for (const table of [1, second]) w.as(1, w.k.pteOffsetMapLock(mm, table * TABLE_SPAN));
    expect(w.broken(1)).toEqual(broken);
  });

  it("LOCK-ORDER: the same again, whatever it is", () => {
    const { w } = two();
    w.as(1, w.k.downRead("i_mmap0"));
    w.as(1, w.k.downRead("i_mmap1"));
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.downRead("i_mmap0"));
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
  });
});

describe("the VMA lock against mmap_lock", () => {
  function withVma(): { w: World; mm: number } {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    return { w, mm };
  }

  it("is taken for reading, and for writing, inside it", () => {
    const { w, mm } = withVma();
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaStartReadLocked({ vma: 0, gen: 1 }));
    w.as(1, w.k.vmaEndRead({ vma: 0, gen: 1 }));
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, vmaEnterLocked({ vma: 0, gen: 1 }));
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["NO-BLOCK-UNDER-VR: mmap_read_lock", (w: World) => w.k.mmapReadLock(0), ["LOCK-ORDER", "NO-BLOCK-UNDER-VR"]],
    ["NO-BLOCK-UNDER-VR: mmap_write_lock", (w: World) => w.k.mmapWriteLock(0), ["LOCK-ORDER", "NO-BLOCK-UNDER-VR"]],
    ["a read trylock", (w: World) => w.k.mmapReadTrylock(0), []],
    ["a write trylock", (w: World) => w.k.mmapWriteTrylock(0), []],
  ] as const)("while it is held for reading: %s", (_how, lock, broken) => {
    const { w, mm } = withVma();
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(1, lock(w));
    expect(w.broken(1)).toEqual(broken);
  });
});

describe("binder", () => {
  /** The edges between classes of locks that steps of task 2 take, waiting, one under another. */
  function edges(w: World, steps: Steps<unknown>): string[] {
    const found = new Set<string>();
    runAlone(kernelMachine, w.table, 2, steps, (_event, { lockEdges }) => {
      for (const { held, taken } of lockEdges) found.add(`${held} > ${taken}`);
    });
    return [...found].sort();
  }

  function open(ops: "binder" | "rust_binder"): {
    w: World;
    binder: { alloc: number; mm: number; ops: string; start: number; pages: number };
  } {
    const w = new World(3, "linux-7.0");
    const mm = w.mm(1);
    const alloc = w.as(1, binderOpen(mm, ops, 2));
    w.as(1, w.k.mmap(mm, { start: AT, length: 2 * PAGE, flags: VM.READ, ops, owner: `binder${alloc}` }));
    return { w, binder: { alloc, mm, ops, start: AT, pages: 2 } };
  }

  it("C: the install path waits for page-table locks under the VMA's, with no mutex; the shrinker for nothing", () => {
    const { w, binder } = open("binder");
    const gen = binderGenerations["7.0"];
    expect(edges(w, w.k.binderInstall(binder, gen, 0, 1))).toEqual(["vma_lock > ptl"]);
    w.as(2, w.k.binderFreeBuf(binder, gen, 0, 1));
    expect(edges(w, w.k.binderShrinkScan([binder], gen, 1)).filter((edge) => !edge.endsWith("> ptl"))).toEqual([]);
    expect(w.broken(2)).toEqual([]);
  });

  it("Rust: mm_lock outside mmap_lock outside page-table locks, the spinlock and the lru inside; the shrinker tries", () => {
    const { w, binder } = open("rust_binder");
    const gen = rustBinderGenerations["6.18.19"];
    const taken = edges(w, w.k.rustUseRange(binder, gen, 0, 1));
    expect(taken.filter((edge) => edge.startsWith("mm_lock"))).toContain("mm_lock > mmap_lock");
    expect(taken).toContain("mmap_lock > ptl");
    w.as(2, w.k.rustStopUsingRange(binder, 0, 1));
    const tried = edges(w, w.k.rustShrinkScan(binder, gen));
    expect(tried.filter((edge) => !edge.endsWith("> ptl"))).toEqual([]);
    expect(w.broken(2)).toEqual([]);
  });

  it("LOCK-ORDER: a Rust vm_ops->close that takes mm_lock, under mmap_lock, would close a cycle", () => {
    const { w, binder } = open("rust_binder");
    w.as(1, w.k.mmapReadLock(binder.mm));
    w.as(1, rangeLockMm(binder.alloc));
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
  });

  it("LOCK-ORDER: a shrinker that waits for the range's spinlock under the lru lock; one that tries", () => {
    for (const tries of [false, true]) {
      const w = new World();
      w.as(1, w.k.spinLock("binder_lru"));
      w.as(1, tries ? w.k.spinTrylock("range0") : w.k.spinLock("range0"));
      expect(w.broken(1)).toEqual(tries ? [] : ["LOCK-ORDER"]);
    }
  });
});

describe("reclaim, which any allocation may enter with any of these locks held", () => {
  const outer: readonly [string, (w: World) => Steps<unknown>][] = [
    ["mmap_lock", (w) => w.k.mmapReadLock(0)],
    ["i_mmap", (w) => w.k.downRead("i_mmap0")],
    ["alloc", (w) => w.k.mutexLock("alloc0")],
    ["mm_lock", (w) => w.k.mutexLock("mm_lock0")],
  ];
  const tries: readonly [string, (w: World) => Steps<unknown>, (w: World) => Steps<unknown>][] = [
    ["mmap_lock", (w) => w.k.mmapReadLock(1), (w) => w.k.mmapReadTrylock(1)],
    ["a rwsem", (w) => w.k.downRead("i_mmap1"), (w) => w.k.downReadTrylock("i_mmap1")],
    ["a mutex", (w) => w.k.mutexLock("alloc1"), (w) => w.k.mutexTrylock("alloc1")],
  ];

  it.each(
    outer.flatMap(([held, take]) => tries.map(([what, waits, tried]) => [what, held, take, waits, tried] as const)),
  )("RECLAIM-TRY: a shrinker waits for %s under %s; one that tries", (_what, _held, take, waits, tried) => {
    for (const act of [waits, tried]) {
      const w = new World();
      w.mm(1);
      w.mm(1);
      w.as(1, take(w));
      w.as(1, doShrinkSlab());
      w.as(1, act(w));
      const broken = w.broken(1);
      if (act === tried) expect(broken).toEqual([]);
      else expect(broken).toContain("RECLAIM-TRY");
    }
  });
});

describe("under the read lock of a VMA", () => {
  it.each([
    ["invalidate_lock", []],
    ["folio_lock", []],
    ["inode_rwsem", ["LOCK-ORDER"]],
    ["hugetlb_i_mmap", ["LOCK-ORDER"]],
  ])("a fault takes %s, or not: %s", (name, broken) => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    take(w, name);
    expect(w.broken(1)).toEqual(broken);
  });
});
