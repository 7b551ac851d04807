import { describe, expect, it } from "vitest";
import { vmaIterStore } from "../src/events/vma-steps.ts";
import {
  binderOpen,
  type Kernel,
  PAGE_SIZE,
  pteAt,
  type Steps,
  VM,
  vmaFlags,
  type VmaPtr,
  violationsOf,
} from "../src/index.ts";
import { AT, lookup, mapAt, newVma, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

type Transition = (k: Kernel, vma: VmaPtr) => Steps<unknown>;
type Row = {
  /** What the transition starts from, by the flags that mmap was asked for and transitions made before it. */
  readonly from?: readonly Transition[];
  readonly flags?: number;
  readonly does: Transition;
  readonly breaks: readonly string[];
  readonly returns?: number;
  /** A page is mapped in the hook before it. */
  readonly mapped?: boolean;
};

const setMixedmap: Transition = (k, vma) => k.setMixedmap(vma);
const setPfnmap: Transition = (k, vma) => k.setPfnmap(vma);
const set =
  (flag: number): Transition =>
  (k, vma) =>
    k.vmFlagsModUnlocked(vma, flag, 0);
const clear =
  (flag: number): Transition =>
  (k, vma) =>
    k.vmFlagsModUnlocked(vma, 0, flag);

/** What a driver may do to a VMA in its hook, and what stands beside it and may not be done. */
const newRows: Record<string, Row> = {
  "T1 clear MAYWRITE when WRITE is not asked for": { does: (k, v) => k.tryClearMaywrite(v), breaks: [], returns: 0 },
  "T1 not when it is": { flags: RW, does: (k, v) => k.tryClearMaywrite(v), breaks: [], returns: -22 },
  "T1 not by hand when it is": { flags: RW, does: clear(VM.MAYWRITE), breaks: ["FLAG-PAIR"] },
  "T1 for ever": { from: [(k, v) => k.tryClearMaywrite(v)], does: set(VM.MAYWRITE), breaks: ["FLAG-PAIR"] },
  "T2 clear MAYEXEC when EXEC is not asked for": { does: (k, v) => k.tryClearMayexec(v), breaks: [], returns: 0 },
  "T2 not when it is": { flags: VM.EXEC, does: (k, v) => k.tryClearMayexec(v), breaks: [], returns: -22 },
  "T2 not by hand when it is": { flags: VM.EXEC, does: clear(VM.MAYEXEC), breaks: ["FLAG-PAIR"] },
  "T2 for ever": { from: [(k, v) => k.tryClearMayexec(v)], does: set(VM.MAYEXEC), breaks: ["FLAG-PAIR"] },
  "T3 clear MAYREAD when READ is not asked for": {
    flags: 0,
    does: (k, v) => k.tryClearMayread(v),
    breaks: [],
    returns: 0,
  },
  "T3 not when it is": { does: (k, v) => k.tryClearMayread(v), breaks: [], returns: -22 },
  "T3 not by hand when it is": { does: clear(VM.MAYREAD), breaks: ["FLAG-PAIR"] },
  "T3 for ever": { flags: 0, from: [(k, v) => k.tryClearMayread(v)], does: set(VM.MAYREAD), breaks: ["FLAG-PAIR"] },
  "T4 set PFNMAP": { does: setPfnmap, breaks: [] },
  "T4 not with MIXEDMAP": { from: [setMixedmap], does: setPfnmap, breaks: ["FLAG-COMBO"] },
  "T4 not when a page is mapped": { mapped: true, does: setPfnmap, breaks: ["FLAG-COMBO"] },
  "T4 not undone when a page is mapped": {
    from: [setMixedmap],
    mapped: true,
    does: clear(VM.MIXEDMAP),
    breaks: ["FLAG-COMBO"],
  },
  "T4 undone when none is": { from: [setPfnmap], does: clear(VM.PFNMAP), breaks: [] },
  "T5 set MIXEDMAP": { does: setMixedmap, breaks: [] },
  "T5 not with PFNMAP": { from: [setPfnmap], does: setMixedmap, breaks: ["FLAG-COMBO"] },
  "T5 again": { from: [setMixedmap], does: setMixedmap, breaks: [] },
  "T6 set IO": { does: (k, v) => k.setIo(v), breaks: [] },
  "T6 set DONTEXPAND": { does: (k, v) => k.setDontexpand(v), breaks: [] },
  "T7 set DONTCOPY": { does: (k, v) => k.setDontcopy(v), breaks: [] },
  "T7 set DONTDUMP": { does: (k, v) => k.setDontdump(v), breaks: [] },
  "not HUGETLB": { does: set(VM.HUGETLB), breaks: ["FLAG-COMBO"] },
  "not WRITE without MAYWRITE": { from: [(k, v) => k.tryClearMaywrite(v)], does: set(VM.WRITE), breaks: ["FLAG-PAIR"] },
  "WRITE with MAYWRITE": { does: set(VM.WRITE), breaks: [] },
};

describe("driver transitions in the VmaNew phase", () => {
  for (const [name, row] of Object.entries(newRows)) {
    it(`P17 ${name}`, () => {
      const w = new World();
      const mm = w.mm(1);
      const vma = newVma(w, mm, row.flags ?? VM.READ);
      for (const before of row.from ?? []) w.as(1, before(w.k, vma));
      if (row.mapped === true) {
        w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null));
        if (row.from === undefined) w.table.apply(new Map([[vmaFlags.of(vma.vma) as never, VM.READ | VM.MAYREAD]]));
      }
      expect(w.broken(1)).toEqual([]);
      const flags = w.table.get(vmaFlags.of(vma.vma));
      const returned = w.as(1, row.does(w.k, vma));
      expect(w.broken(1)).toEqual(row.breaks);
      if (row.returns !== undefined) expect(returned).toBe(row.returns);
      if ((row.returns ?? 0) < 0) expect(w.table.get(vmaFlags.of(vma.vma))).toBe(flags);
      w.as(1, vmaIterStore(vma));
      expect(w.broken(1)).toEqual(row.breaks);
    });
  }

  const inUse: Record<string, Transition> = {
    try_clear_mayread: (k, v) => k.tryClearMayread(v),
    try_clear_maywrite: (k, v) => k.tryClearMaywrite(v),
    try_clear_mayexec: (k, v) => k.tryClearMayexec(v),
    set_mixedmap: setMixedmap,
    set_pfnmap: setPfnmap,
    set_io: (k, v) => k.setIo(v),
    set_dontexpand: (k, v) => k.setDontexpand(v),
    set_dontcopy: (k, v) => k.setDontcopy(v),
    set_dontdump: (k, v) => k.setDontdump(v),
  };
  for (const [name, does] of Object.entries(inUse)) {
    it(`P01 ${name} breaks a rule on a VMA in use, whatever is locked`, () => {
      const w = new World();
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1, 0);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, does(w.k, vma));
      expect(w.broken(1)).toEqual(["FLAG-COMBO"]);
    });
  }
});

describe("vm_flags helpers", () => {
  const helpers: Record<string, Transition> = {
    vm_flags_init: (k, v) => k.vmFlagsInit(v, VM.READ | VM.MAYREAD),
    vm_flags_reset: (k, v) => k.vmFlagsReset(v, VM.READ | VM.MAYREAD),
    vm_flags_reset_once: (k, v) => k.vmFlagsResetOnce(v, VM.READ | VM.MAYREAD),
    __vm_flags_mod: (k, v) => k.vmFlagsModUnlocked(v, VM.DONTDUMP, 0),
    vm_flags_mod: (k, v) => k.vmFlagsMod(v, VM.DONTDUMP, 0),
  };
  for (const [name, does] of Object.entries(helpers)) {
    it(`P12 ${name} on a VMA in use wants the VMA write lock; on a new one nothing`, () => {
      const fresh = new World();
      fresh.as(1, does(fresh.k, newVma(fresh, fresh.mm(1), VM.READ)));
      expect(fresh.broken(1)).toEqual([]);
      const locked = new World();
      const mm = locked.mm(1);
      const vma = mapAt(locked, mm, AT, 1);
      locked.as(1, locked.k.mmapWriteLock(mm));
      locked.as(1, locked.k.vmaStartWrite(vma));
      locked.as(1, does(locked.k, vma));
      expect(locked.broken(1)).toEqual([]);
      const short = new World();
      const mm2 = short.mm(1);
      const vma2 = mapAt(short, mm2, AT, 1);
      short.as(1, short.k.mmapWriteLock(mm2));
      short.as(1, does(short.k, vma2));
      expect(short.broken(1)).toEqual(["FIELD-WRITE"]);
    });
  }

  it("P12 vm_flags_set and vm_flags_clear take the VMA write lock themselves, and still want mmap_write_lock", () => {
    const good = new World();
    const mm = good.mm(1);
    const vma = mapAt(good, mm, AT, 1);
    good.as(1, good.k.mmapWriteLock(mm));
    good.as(1, good.k.vmFlagsSet(vma, VM.DONTDUMP));
    good.as(1, good.k.vmFlagsClear(vma, VM.DONTDUMP));
    expect(good.broken(1)).toEqual([]);
    const bad = new World();
    const mm2 = bad.mm(1);
    const vma2 = mapAt(bad, mm2, AT, 1);
    bad.as(1, bad.k.mmapReadLock(mm2));
    bad.as(1, bad.k.vmFlagsSet(vma2, VM.DONTDUMP));
    expect(bad.broken(1)).toContain("VW-NEEDS-MMW");
    expect(bad.broken(1)).toContain("FIELD-WRITE");
  });

  it("sets VM_MAYBE_GUARD under a read lock", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
    w.as(1, w.k.vmaSetMaybeGuard(vma));
    w.as(1, w.k.vmaSetMaybeGuard(vma));
    expect(w.broken(1)).toEqual([]);
  });
});

describe("what the kernel does with flags that should not be", () => {
  const severities = (w: World, steps: Steps<unknown>): string[] =>
    w.attempt(1, steps).violations.map(({ rule, severity }) => `${rule.name} ${severity}`);

  it("P13 VM_PFNMAP together with VM_MIXEDMAP is a weird state, and an insert goes through", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.setPfnmap(vma));
    expect(severities(w, w.k.setMixedmap(vma))).toEqual(["FLAG-COMBO S6"]);
    expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null))).toBe(0);
    expect(w.broken(1)).toEqual(["FLAG-COMBO", "INS-NOT-PFN"]);
  });

  it("P14 clearing VM_MIXEDMAP after vm_insert_page", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.setMixedmap(vma));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null));
    expect(severities(w, w.k.vmFlagsModUnlocked(vma, 0, VM.MIXEDMAP))).toEqual(["FLAG-COMBO S6"]);
  });

  it("P14 clearing VM_PFNMAP of a VMA in use is S0: its frames would be counted", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.setPfnmap(vma));
    w.as(1, vmaIterStore(vma));
    w.as(1, w.k.vmaStartWrite(vma));
    expect(severities(w, w.k.vmFlagsMod(vma, 0, VM.PFNMAP))).toEqual(["FLAG-COMBO S0"]);
  });

  it("P15 VM_HUGETLB set by a driver: type confusion when it is unmapped, and when it is zapped", () => {
    for (const unmap of [true, false]) {
      const w = new World();
      const mm = w.mm(1);
      const vma = newVma(w, mm, VM.READ, "other");
      expect(severities(w, w.k.vmFlagsModUnlocked(vma, VM.HUGETLB, 0))).toEqual(["FLAG-COMBO S6"]);
      w.as(1, vmaIterStore(vma));
      w.as(1, w.k.mmapWriteUnlock(mm));
      if (unmap) w.as(1, w.k.munmap(mm, AT, PAGE));
      else {
        w.as(1, w.k.mmapReadLock(mm));
        w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, PAGE, { ops: "other", owner: "other0" }));
      }
      const broken = w.table.get(violationsOf.of(1)).filter((key) => !key.includes("__vm_flags_mod"));
      expect(broken.map((key) => key.split(" ")[0])).toContain("FLAG-COMBO");
    }
  });

  it("P15 VM_HUGETLB on a VMA of hugetlbfs is as it should be", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ, "hugetlb");
    w.as(1, w.k.vmFlagsModUnlocked(vma, VM.HUGETLB, 0));
    w.as(1, vmaIterStore(vma));
    w.as(1, w.k.mmapWriteUnlock(mm));
    w.as(1, w.k.munmap(mm, AT, 4 * PAGE));
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["mon_bin_maywrite", 0, ["FLAG-PAIR", "PERM"], "ok"],
    ["mon_bin", -13, [], "fault"],
  ])("P16 %s: mprotect then a write reaches a driver page, or does not", (ops, returns, broken, access) => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ | VM.SHARED, ops);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RW))).toBe(returns);
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe(access);
    expect(w.broken(1)).toEqual(broken);
  });

  it("P16 a private mapping gets a copy, even of a careless driver", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ, "mon_bin_maywrite");
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RW))).toBe(0);
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.broken(1)).toEqual(["FLAG-PAIR"]);
  });

  it("P16 a driver's hook says no to what it refuses", () => {
    const w = new World();
    const mm = w.mm(1);
    const asked = { start: AT, length: PAGE, flags: RW | VM.SHARED, ops: "mon_bin", owner: "mon0" };
    expect(w.as(1, w.k.mmap(mm, asked))).toBe(-1);
    expect(lookup(w, mm, AT)).toBeNull();
  });

  it.each(["binder", "rust_binder"])("P19 %s clears MAYWRITE and sets DONTCOPY and MIXEDMAP", (ops) => {
    const w = new World();
    const mm = w.mm(1);
    const alloc = w.as(1, binderOpen(mm, ops, 1));
    const owner = `binder${alloc}`;
    const asked = { start: AT, length: PAGE_SIZE, ops, owner };
    expect(w.as(1, w.k.mmap(mm, { ...asked, flags: RW }))).toBe(-1);
    expect(w.as(1, w.k.mmap(mm, { ...asked, flags: VM.READ }))).toBe(AT);
    const flags = w.table.get(vmaFlags.of(lookup(w, mm, AT)!.vma));
    expect(flags & (VM.MAYWRITE | VM.DONTCOPY | VM.MIXEDMAP)).toBe(VM.DONTCOPY | VM.MIXEDMAP);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RW))).toBe(-13);
    expect(w.broken(1)).toEqual([]);
  });

  it("P20 DONTCOPY without IO is undone by MADV_DOFORK, where the profile lets it", () => {
    const doFork = (profile: string, io: boolean): number => {
      const w = new World(3, profile);
      const mm = w.mm(1);
      const vma = newVma(w, mm, VM.READ);
      w.as(1, w.k.setMixedmap(vma));
      w.as(1, w.k.setDontcopy(vma));
      if (io) w.as(1, w.k.setIo(vma));
      w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, vmaIterStore(vma));
      w.as(1, w.k.mmapWriteUnlock(mm));
      const error = w.as(1, w.k.madviseFlags(mm, AT, PAGE, "DOFORK"));
      const copied = (w.table.get(vmaFlags.of(lookup(w, mm, AT)!.vma)) & VM.DONTCOPY) === 0;
      expect(copied).toBe(error === 0);
      expect(w.broken(1)).toEqual([]);
      return error;
    };
    expect(doFork("linux-6.1", false)).toBe(0);
    expect(doFork("linux-6.1", true)).toBe(-22);
    expect(doFork("linux-7.0", false)).toBe(-22);
  });

  it("P25 set_mixedmap after set_pfnmap is found; there is no such setter in later handles", () => {
    const w = new World();
    const vma = newVma(w, w.mm(1), VM.READ);
    w.as(1, w.k.setMixedmap(vma));
    expect(w.broken(1)).toEqual([]);
    expect(severities(w, w.k.setPfnmap(vma))).toEqual(["FLAG-COMBO S6"]);
  });

  it("P26 set_anonymous on a driver's VMA makes it look anonymous", () => {
    const w = new World();
    const mm = w.mm(1);
    expect(severities(w, w.k.setAnonymous(newVma(w, mm, VM.READ, "other")))).toEqual(["FLAG-COMBO S6"]);
    const anonymous = new World();
    anonymous.as(1, anonymous.k.setAnonymous(newVma(anonymous, anonymous.mm(1), VM.READ, "")));
    expect(anonymous.broken(1)).toEqual([]);
    const live = new World();
    const mm2 = live.mm(1);
    const vma = mapAt(live, mm2, AT, 1, VM.READ, "other");
    live.as(1, live.k.mmapWriteLock(mm2));
    live.as(1, live.k.setAnonymous(vma));
    expect(live.broken(1)).toEqual(["FIELD-WRITE", "FLAG-COMBO"]);
  });

  it("FLAG-PAIR: WRITE on a VMA in use without MAYWRITE, by a bare store", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ | VM.SHARED, "mon_bin");
    const vma = lookup(w, mm, AT)!;
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmFlagsSet(vma, VM.WRITE));
    expect(w.broken(1)).toEqual(["FLAG-PAIR"]);
  });

  it("leaves the PTEs as they are: rights that vm_flags no longer give stay in them", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmFlagsClear(vma, VM.WRITE));
    expect(w.table.get(pteAt(mm, AT))).toMatchObject({ write: true });
  });
});
