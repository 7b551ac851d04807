import { describe, expect, it } from "vitest";
import { vmaIterStore } from "../src/events/vma-steps.ts";
import { pageSlot, type PagePtr, pteAt, type Steps, VM, type VmaPtr, vmaFlags } from "../src/index.ts";
import { vmInsertPageBegin, zapPageRangeBegin } from "../src/events/driver-steps.ts";
import { folioTryGet } from "../src/events/page-steps.ts";
import { AT, lookup, mapAt, newVma, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

/** A VMA in use with these flags. */
function live(w: World, flags: number): { mm: number; vma: VmaPtr } {
  const mm = w.mm(1, 2);
  const vma = newVma(w, mm, VM.READ);
  w.as(1, w.k.vmFlagsInit(vma, w.table.get(vmaFlags.of(vma.vma)) | flags));
  w.as(1, w.k.vmaStartWrite(vma));
  w.as(1, vmaIterStore(vma));
  w.as(1, w.k.mmapWriteUnlock(mm));
  return { mm, vma };
}

const severities = (w: World, id: number, steps: Steps<unknown>): string[] =>
  w.attempt(id, steps).violations.map(({ rule, severity }) => `${rule.name} ${severity}`);

describe("vm_insert_page in its two contexts", () => {
  it.each(["mmap R", "mmap W", "VMA R"])("P21 a VMA in use that has VM_MIXEDMAP: %s is enough", (lock) => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    if (lock === "mmap R") w.as(1, w.k.mmapReadLock(mm));
    else if (lock === "mmap W") w.as(1, w.k.mmapWriteLock(mm));
    else w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("P21 a new VMA, which is given VM_MIXEDMAP", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null))).toBe(0);
    expect(w.table.get(vmaFlags.of(vma.vma)) & VM.MIXEDMAP).not.toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("P21 no lock at all", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null));
    expect(w.broken(1)).toEqual(["PTE-INSTALL", "VMA-LIVE"]);
  });

  it("P21 rmap's lock alone keeps the VMA, and is not enough", () => {
    const w = new World();
    const mm = w.mm(1);
    const file = w.as(1, w.k.doDentryOpen(0, "other", "other0"));
    w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ, ops: "other", owner: "other0", file }));
    const vma = lookup(w, mm, AT)!;
    const own = page(w);
    w.as(1, w.k.downRead("i_mmap0"));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, own, null));
    expect(w.broken(1)).toEqual(["PTE-INSTALL"]);
  });

  it("P21 a VMA in use without VM_MIXEDMAP under a read lock: a BUG", () => {
    const w = new World();
    const { mm, vma } = live(w, 0);
    w.as(1, w.k.mmapReadLock(mm));
    const own = page(w);
    const step = w.attempt(1, vmInsertPageBegin(vma, AT, own, null));
    expect(step.status).toBe("stopped");
    expect(step.violations.map(({ rule, severity }) => `${rule.name} ${severity}`)).toEqual(["INS-MIXED S3"]);
  });

  it("P21 the same while a writer waits: the BUG is evaded, and flags are written under a read lock", () => {
    const w = new World();
    const { mm, vma } = live(w, 0);
    w.as(1, w.k.mmapReadLock(mm));
    w.attempt(2, w.k.mmapWriteTrylock(mm));
    w.as(2, queueWriter(w, mm));
    expect(severities(w, 1, vmInsertPageBegin(vma, AT, page(w), null))).toEqual(["INS-MIXED S2"]);
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null))).toBe(0);
    expect(w.broken(1)).toContain("VW-NEEDS-MMW");
    expect(w.broken(1)).toContain("FIELD-WRITE");
  });

  it("P22 under the mmap write lock on a VMA without VM_MIXEDMAP: a weird state", () => {
    const w = new World();
    const { mm, vma } = live(w, 0);
    w.as(1, w.k.mmapWriteLock(mm));
    expect(severities(w, 1, vmInsertPageBegin(vma, AT, page(w), null))).toEqual(["INS-MIXED S6"]);
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null))).toBe(0);
    expect(w.table.get(vmaFlags.of(vma.vma)) & VM.MIXEDMAP).not.toBe(0);
    expect(w.broken(1)).toEqual(["FLAG-COMBO", "INS-MIXED"]);
  });

  it("INS-NOT-PFN: VM_PFNMAP alone is a BUG; VM_MIXEDMAP alone is not", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.PFNMAP);
    w.as(1, w.k.mmapWriteLock(mm));
    const step = w.attempt(1, vmInsertPageBegin(vma, AT, page(w), null));
    expect(step.status).toBe("stopped");
    expect(step.violations.map(({ rule, severity }) => `${rule.name} ${severity}`)).toEqual(["INS-NOT-PFN S3"]);
    const good = new World();
    const mixed = live(good, VM.MIXEDMAP);
    good.as(1, good.k.mmapWriteLock(mixed.mm));
    expect(severities(good, 1, vmInsertPageBegin(mixed.vma, AT, page(good), null))).toEqual([]);
  });

  it("INS-NOT-PFN: VM_HUGETLB is S0, for nobody checks it", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.HUGETLB | VM.MIXEDMAP);
    w.as(1, w.k.mmapReadLock(mm));
    expect(severities(w, 1, vmInsertPageBegin(vma, AT, page(w), null))).toEqual(["INS-NOT-PFN S0"]);
  });
});

describe("P23 pages that may not be inserted: an error, and nothing has changed", () => {
  const cases: Record<string, { make: (w: World) => PagePtr; at?: number; returns: number; broken?: string[] }> = {
    "an anonymous page": { make: (w) => typed(w, "anon"), returns: -22 },
    "a typed page": { make: (w) => typed(w, "slab"), returns: -22 },
    "a page outside the VMA": { make: page, at: AT + 4 * PAGE, returns: -14 },
    "a page below the VMA": { make: page, at: AT - PAGE, returns: -14 },
    "a dead page": { make: dead, returns: -22, broken: ["PAGE-REF"] },
  };
  for (const [name, { make, at = AT, returns, broken = [] }] of Object.entries(cases)) {
    it(`P23 ${name}`, () => {
      const w = new World();
      const { mm, vma } = live(w, VM.MIXEDMAP);
      w.as(1, w.k.mmapReadLock(mm));
      const own = make(w);
      const before = w.table.get(pageSlot.of(own.page));
      expect(w.as(1, w.k.vmInsertPage(mm, vma, at, own, null))).toBe(returns);
      expect(w.table.get(pteAt(mm, at))).toBeNull();
      expect(w.table.get(pageSlot.of(own.page))).toEqual(before);
      expect(w.broken(1)).toEqual(broken);
    });
  }

  it("P23 a place that is taken: -EBUSY, and the page there stays", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    w.as(1, w.k.mmapReadLock(mm));
    const [first, second] = [page(w), page(w)];
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, first, null))).toBe(0);
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, second, null))).toBe(-16);
    expect(w.table.get(pteAt(mm, AT))).toMatchObject(first);
    expect(w.broken(1)).toEqual([]);
  });

  it("P23 order 0: the rest of a larger allocation has no references of its own, and stays out", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    const [, tail] = larger(w);
    const before = w.table.get(pageSlot.of(tail.page));
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT + PAGE, tail, null))).toBe(-22);
    expect(w.table.get(pteAt(mm, AT + PAGE))).toBeNull();
    expect(w.table.get(pageSlot.of(tail.page))).toEqual(before);
    expect(w.broken(1)).toEqual([]);
  });

  it("P23 order 0: the first page of a larger allocation goes in, and outlives the rest", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    const [head] = larger(w);
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, head, null))).toBe(0);
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.freePages(head, 1));
    const states = (): string[] => [0, 1].map((i) => w.table.get(pageSlot.of(head.page + i)).state);
    expect(states()).toEqual(["live", "free"]);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    expect(states()).toEqual(["free", "free"]);
    expect(w.broken(1)).toEqual([]);
  });

  it("P23 a driver's own page, of order 0, goes in", () => {
    const w = new World();
    const { mm, vma } = live(w, VM.MIXEDMAP);
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, typed(w, "driver"), null))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("alloc_pages", () => {
  it("gives pages that lie side by side, the first of them with a reference", () => {
    const w = new World();
    expect([-1, 0.5, 11].map((order) => w.as(1, w.k.allocPages(order)))).toEqual([null, null, null]);
    const four = w.as(1, w.k.allocPages(2))!;
    const head = four[0]!;
    expect(four.map(({ page: slot }) => slot - head.page)).toEqual([0, 1, 2, 3]);
    const all = (): string[][] =>
      four.map(({ page: slot }) => {
        const { state, refs } = w.table.get(pageSlot.of(slot));
        return [state, ...Object.keys(refs)];
      });
    expect(all()).toEqual([["live", "task1"], ["live"], ["live"], ["live"]]);
    w.as(1, w.k.freePages(head, 2));
    expect(all()).toEqual([["free"], ["free"], ["free"], ["free"]]);
    expect(w.as(1, w.k.allocPages(2))).toEqual(four.map(({ page: slot, gen }) => ({ page: slot, gen: gen + 1 })));
    expect(w.broken(1)).toEqual([]);
  });

  it("PAGE-REF: nobody takes a reference where there is none", () => {
    const w = new World();
    const [, tail] = larger(w);
    expect(w.as(1, folioTryGet(tail))).toBe(false);
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.getPage(tail));
    expect(w.broken(1)).toEqual(["PAGE-REF"]);
    expect(w.table.get(pageSlot.of(tail.page)).refs).toEqual({});
  });
});

describe("RIGHT-OFFSET", () => {
  const drv = (index: number): { ops: string; owner: string; page: number } => ({
    ops: "drv",
    owner: "drv0",
    page: index,
  });

  it("RIGHT-OFFSET: page i goes to the place of page i, also in the upper part of a VMA that was split", () => {
    const w = new World();
    const { mm } = live(w, VM.MIXEDMAP);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    w.as(1, w.k.mmapReadLock(mm));
    const upper = w.as(1, w.k.vmaLookup(mm, AT + PAGE))!;
    expect(w.as(1, w.k.vmInsertPage(mm, upper, AT + 2 * PAGE, page(w), drv(2)))).toBe(0);
    expect(w.broken(1)).toEqual([]);
    expect(severities(w, 1, vmInsertPageBegin(upper, AT + 3 * PAGE, page(w), drv(2)))).toEqual(["RIGHT-OFFSET S1"]);
    expect(severities(w, 1, zapPageRangeBegin(upper, AT + 2 * PAGE, PAGE, drv(2)))).toEqual([]);
    expect(severities(w, 1, zapPageRangeBegin(upper, AT + 2 * PAGE, PAGE, drv(1)))).toEqual(["RIGHT-OFFSET S1"]);
  });

  it("RIGHT-OFFSET: mremap moves the second half of a driver's VMA over its first (H24)", () => {
    const w = new World();
    const { mm } = live(w, VM.MIXEDMAP);
    const moved = { start: AT + 2 * PAGE, oldLength: 2 * PAGE, newLength: 2 * PAGE, to: AT, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, moved))).toBe(AT);
    w.as(1, w.k.mmapReadLock(mm));
    const vma = w.as(1, w.k.vmaLookup(mm, AT))!;
    expect(w.as(1, w.k.vmaDriver(vma))).toEqual({ ops: "drv", owner: "drv0" });
    expect(w.broken(1)).toEqual([]);
    expect(severities(w, 1, vmInsertPageBegin(vma, AT, page(w), drv(0)))).toEqual(["RIGHT-OFFSET S1"]);
    expect(severities(w, 1, vmInsertPageBegin(vma, AT, page(w), drv(2)))).toEqual([]);
  });
});

describe("RANGE", () => {
  const rows: [string, number, number, string, string[]][] = [
    ["a size that wraps to inside the VMA", AT + 2 * PAGE, -PAGE, "stopped", ["RANGE S3"]],
    ["a size that wraps to below the VMA", AT + 2 * PAGE, -8 * PAGE, "done", ["RANGE S6"]],
    ["the largest size", AT + 2 * PAGE, -1, "stopped", ["RANGE S3"]],
    ["a size given as an unsigned number", AT + 2 * PAGE, 2 ** 64 - 2 * PAGE, "done", ["RANGE S6"]],
    ["a range that ends behind the VMA", AT + 2 * PAGE, 3 * PAGE, "done", ["RANGE S6"]],
    ["a range that begins before the VMA", AT - PAGE, 2 * PAGE, "done", ["RANGE S6"]],
    ["the whole VMA", AT, 4 * PAGE, "done", []],
    ["nothing", AT, 0, "done", []],
  ];
  for (const [what, at, size, status, broken] of rows) {
    it(`P08 an unchecked zap of ${what}; the checked one does nothing`, () => {
      const w = new World();
      const { mm, vma } = live(w, VM.MIXEDMAP);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmInsertPage(mm, vma, AT + PAGE, page(w), null));
      const drv = { ops: "drv", owner: "drv0" };
      const checked = new World();
      const other = live(checked, VM.MIXEDMAP);
      checked.as(1, checked.k.mmapReadLock(other.mm));
      checked.as(1, checked.k.zapPageRangeChecked(other.mm, other.vma, at, size, drv));
      expect(checked.broken(1)).toEqual([]);
      const step = w.attempt(1, zapPageRangeBegin(vma, at, size, drv));
      expect(step.status).toBe(status);
      expect(step.violations.map(({ rule, severity }) => `${rule.name} ${severity}`)).toEqual(broken);
    });
  }

  it("P08 core code may name a range larger than the VMA, which is clamped", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.zapPageRangeSingle(mm, vma, 0, 64 * PAGE, null));
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("gives a shared mapping that may be written a writable PTE, a private one none", () => {
    for (const [flags, write] of [
      [RW | VM.SHARED, true],
      [RW, false],
    ] as const) {
      const w = new World();
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1, flags, "other");
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), { ops: "other", owner: "other0" }));
      expect(w.table.get(pteAt(mm, AT))).toMatchObject({ write });
      expect(w.broken(1)).toEqual([]);
    }
  });
});

function typed(w: World, type: "anon" | "slab" | "driver"): PagePtr {
  const own = page(w);
  w.as(1, w.k.setPageType(own, type));
  return own;
}

/** Two pages that were allocated as one. */
function larger(w: World): readonly [PagePtr, PagePtr] {
  const [head, tail] = w.as(1, w.k.allocPages(1))!;
  return [head!, tail!];
}

function dead(w: World): PagePtr {
  const own = page(w);
  w.as(1, w.k.putPage(own));
  return own;
}

/** The step by which a writer queues, and no more. */
function* queueWriter(w: World, mm: number): Steps<null> {
  const request = w.k.mmapWriteLock(mm).next().value as unknown as {
    body: (...all: unknown[]) => Steps<null>;
    context: object;
    args: unknown[];
  };
  const first = request.body(request.context, ...request.args).next();
  yield first.value as never;
  return null;
}
