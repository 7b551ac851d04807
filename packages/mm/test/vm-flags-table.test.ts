import { describe, expect, it } from "vitest";
import { insertPageIntoPteLocked, followPagePte } from "../src/events/pte-steps.ts";
import { removeMigrationPte, tryToMigrateOne } from "../src/events/migrate-steps.ts";
import { userfaultfdSetCtx } from "../src/events/uffd-steps.ts";
import { vmaIterStore } from "../src/events/vma-steps.ts";
import { type AnyStep } from "../src/events/step.ts";
import { vmInsertPageBegin, zapPageRangeBegin } from "../src/events/driver-steps.ts";
import {
  apply,
  checkEnd,
  kernelMachine,
  type PagePtr,
  presentPte,
  pteAt,
  runAlone,
  type Steps,
  StuckError,
  VM,
  vmaFlags,
  type VmaPtr,
} from "../src/index.ts";
import { AT, mapAt, newVma, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

/** What task 1 breaks by these steps: rule and severity, in order, also where they stop it. */
function told(w: World, steps: Steps<unknown>): string[] {
  const found: string[] = [];
  try {
    runAlone(kernelMachine, w.table, 1, steps, (_event, { violations }) => {
      for (const { rule, severity } of violations) found.push(`${rule.name} ${severity}`);
    });
  } catch (error) {
    if (!(error instanceof StuckError) || error.violations.length === 0) throw error;
  }
  return [...new Set(found)];
}

const ends = (w: World): string[] => checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name);

/** A driver's VMA of four pages in its hook, with these flags. */
function fresh(flags: number, ops = "drv"): { w: World; mm: number; vma: VmaPtr; own: PagePtr } {
  const w = new World();
  const mm = w.mm(1, 2);
  const own = page(w);
  const vma = newVma(w, mm, VM.READ | flags, ops);
  return { w, mm, vma, own };
}

/** The same in use: no lock is held. */
function inUse(flags: number, ops = "drv"): ReturnType<typeof fresh> {
  const made = fresh(flags, ops);
  made.w.as(1, made.w.k.vmaStartWrite(made.vma));
  made.w.as(1, vmaIterStore(made.vma));
  made.w.as(1, made.w.k.mmapWriteUnlock(made.mm));
  return made;
}

const step = (w: World, { op }: AnyStep, ...args: never[]) => apply(kernelMachine, w.table, { task: 1, op, args });

// What the kernel does on each violation of the flag rules, row by row.
describe("VM_PFNMAP and VM_MIXEDMAP together", () => {
  it("is a weird state, whichever comes first", () => {
    for (const first of ["setPfnmap", "setMixedmap"] as const) {
      const { w, vma } = fresh(0);
      expect(told(w, w.k[first](vma))).toEqual([]);
      expect(told(w, first === "setPfnmap" ? w.k.setMixedmap(vma) : w.k.setPfnmap(vma))).toEqual(["FLAG-COMBO S6"]);
    }
  });

  it("vm_insert_page goes through where both are set", () => {
    const { w, mm, vma, own } = inUse(VM.PFNMAP | VM.MIXEDMAP);
    w.as(1, w.k.mmapReadLock(mm));
    expect(told(w, w.k.vmInsertPage(mm, vma, AT, own, null))).toEqual(["INS-NOT-PFN S6"]);
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
  });
});

describe("vm_insert_page into a VMA with VM_PFNMAP only", () => {
  it.each([
    ["read", ["INS-MIXED S3"]],
    ["write", ["INS-NOT-PFN S3"]],
  ] as const)("is a BUG under the mmap %s lock: of the trylock first, else of the flag", (mode, broken) => {
    const { w, mm, vma, own } = inUse(VM.PFNMAP);
    w.as(1, mode === "read" ? w.k.mmapReadLock(mm) : w.k.mmapWriteLock(mm));
    const { status, violations } = step(w, vmInsertPageBegin, vma as never, AT as never, own as never, null as never);
    expect([status, violations.map(({ rule, severity }) => `${rule.name} ${severity}`)]).toEqual(["stopped", broken]);
  });
});

describe("flags that tell what a VMA maps, changed when pages are mapped", () => {
  it("VM_MIXEDMAP is cleared after vm_insert_page: weird, and the next insert is a BUG", () => {
    const { w, mm, vma, own } = fresh(0);
    w.as(1, w.k.setMixedmap(vma));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, own, null));
    expect(told(w, w.k.vmFlagsModUnlocked(vma, 0, VM.MIXEDMAP))).toEqual(["FLAG-COMBO S6"]);
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, vmaIterStore(vma));
    w.as(1, w.k.mmapWriteDowngrade(mm));
    expect(told(w, w.k.vmInsertPage(mm, vma, AT + PAGE, own, null))).toEqual(["INS-MIXED S3"]);
  });

  it("VM_MIXEDMAP is cleared before any: nothing", () => {
    const { w, vma } = fresh(0);
    w.as(1, w.k.setMixedmap(vma));
    expect(told(w, w.k.vmFlagsModUnlocked(vma, 0, VM.MIXEDMAP))).toEqual([]);
  });

  it("VM_PFNMAP is cleared after remap_pfn_range: its frames would be counted", () => {
    for (const mapped of [true, false]) {
      const { w, mm, vma } = fresh(VM.PFNMAP);
      const frame = w.as(1, w.k.dmaAllocCoherent());
      if (mapped) w.as(1, w.k.remapPfnRange(mm, vma, AT, [frame], false));
      expect(told(w, w.k.vmFlagsModUnlocked(vma, 0, VM.PFNMAP))).toEqual(mapped ? ["FLAG-COMBO S0"] : []);
    }
  });
});

describe("VM_HUGETLB set by a driver", () => {
  it.each([
    ["drv", ["FLAG-COMBO S6"], ["FLAG-COMBO S0"]],
    ["hugetlb", [], []],
  ])("of %s: weird, and type confusion as soon as its pages are zapped", (ops, set, zapped) => {
    const { w, mm, vma } = fresh(0, ops);
    expect(told(w, w.k.vmFlagsModUnlocked(vma, VM.HUGETLB, 0))).toEqual(set);
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, vmaIterStore(vma));
    w.as(1, w.k.mmapWriteDowngrade(mm));
    expect(told(w, zapPageRangeBegin(vma, AT, PAGE, null))).toEqual(zapped);
  });
});

describe("accesses and what may be allowed", () => {
  it.each([
    ["forgotten", "mon_bin_maywrite", ["FLAG-PAIR S6"], 0, ["PERM S1"]],
    ["cleared", "mon_bin", [], -13, []],
  ] as const)(
    "VM_MAYWRITE %s: mprotect gives user code a driver's page, or -EACCES",
    (_what, ops, mmap, error, broken) => {
      const w = new World();
      const mm = w.mm(1);
      const asked = { start: AT, length: PAGE, flags: VM.READ | VM.SHARED, ops, owner: "mon0" };
      expect(told(w, w.k.mmap(mm, asked))).toEqual(mmap);
      const changing = w.k.mprotect(mm, AT, PAGE, RW);
      expect(told(w, changing)).toEqual(broken);
      expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe(error === 0 ? "ok" : "fault");
    },
  );

  it("VM_WRITE set without VM_MAYWRITE", () => {
    const { w, vma } = fresh(0);
    w.as(1, w.k.tryClearMaywrite(vma));
    expect(told(w, w.k.vmFlagsModUnlocked(vma, VM.WRITE, 0))).toEqual(["FLAG-PAIR S6"]);
    const near = fresh(0);
    expect(told(near.w, near.w.k.vmFlagsModUnlocked(near.vma, VM.WRITE, 0))).toEqual([]);
  });

  it("VM_MAYWRITE set again by the hook", () => {
    const { w, vma } = fresh(0);
    w.as(1, w.k.tryClearMaywrite(vma));
    expect(told(w, w.k.vmFlagsModUnlocked(vma, VM.MAYWRITE, 0))).toEqual(["FLAG-PAIR S6"]);
  });

  it("VM_WRITE dropped from a VMA in use: PTEs and TLBs keep it, and migration makes it again", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    const { page: mapped, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
    w.as(2, w.k.downRead("anon_vma0"));
    w.as(2, w.k.pteOffsetMapLock(mm, AT));
    w.as(2, tryToMigrateOne(vma, AT, { page: mapped, gen }));
    w.as(2, w.k.pteUnmapUnlock(mm, AT));
    w.as(1, w.k.mmapWriteLock(mm));
    expect(told(w, w.k.vmFlagsClear(vma, VM.WRITE))).toEqual([]);
    w.as(1, w.k.mmapWriteUnlock(mm));
    const copy = w.as(2, w.k.allocPage());
    w.as(2, w.k.pteOffsetMapLock(mm, AT));
    w.as(2, removeMigrationPte(vma, AT, { page: mapped, gen }, copy));
    w.as(2, w.k.pteUnmapUnlock(mm, AT));
    expect(told(w, w.k.userAccess(mm, AT, true))).toEqual(["PERM S1"]);
    expect(ends(w)).toContain("PERM");
  });
});

describe("flags of a VMA in use, changed under too little", () => {
  it.each([
    ["mmap W and VMA W", true, true, []],
    ["mmap W", true, false, ["FIELD-WRITE S2"]],
    ["mmap R", false, false, ["VW-NEEDS-MMW S2", "FIELD-WRITE S2"]],
  ])("under %s", (_locks, write, vw, broken) => {
    const { w, mm, vma } = inUse(0);
    w.as(1, write ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    if (vw) w.as(1, w.k.vmaStartWrite(vma));
    expect(told(w, w.k.vmFlagsMod(vma, VM.DONTDUMP, 0))).toEqual(broken);
  });

  it("two writers under the read lock lose bits: their accesses overlap", () => {
    const { w, mm, vma } = inUse(0);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(2, w.k.mmapReadLock(mm));
    w.as(2, w.k.plainAccessBegin(vma, "vm_flags", "write", "driver"));
    expect(told(w, w.k.plainAccessBegin(vma, "vm_flags", "write", "driver"))).toEqual(["FIELD-READ S2"]);
  });
});

describe("flags changed in the hook after pages were mapped", () => {
  const mapped = (flags: number): ReturnType<typeof fresh> => {
    const made = fresh(flags | VM.MIXEDMAP | VM.SHARED);
    made.w.as(1, made.w.k.vmInsertPage(made.mm, made.vma, AT, made.own, null));
    return made;
  };

  it.each(["setDontdump", "setDontcopy", "setIo", "setDontexpand"] as const)("%s is fine", (set) => {
    const { w, vma } = mapped(0);
    expect(told(w, w.k[set](vma))).toEqual([]);
  });

  it("VM_WRITE is not: the PTE keeps it", () => {
    for (const clears of [true, false]) {
      const { w, mm, vma, own } = mapped(VM.WRITE);
      if (clears) w.as(1, w.k.vmFlagsModUnlocked(vma, 0, VM.WRITE));
      w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, vmaIterStore(vma));
      w.as(1, w.k.mmapWriteUnlock(mm));
      w.as(1, w.k.putPage(own));
      expect(ends(w)).toEqual(clears ? ["PERM"] : []);
    }
  });
});

describe("what a VMA looks like", () => {
  it("set_anonymous on a driver's VMA is a weird state", () => {
    const { w, vma } = fresh(0);
    expect(told(w, w.k.setAnonymous(vma))).toEqual(["FLAG-COMBO S6"]);
    const near = fresh(0, "");
    expect(told(near.w, near.w.k.setAnonymous(near.vma))).toEqual([]);
  });

  it("a VMA with a userfaultfd context becomes VM_MIXEDMAP by an insert under the mmap write lock", () => {
    for (const registered of [true, false]) {
      const { w, mm, vma, own } = inUse(0, "");
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.vmaStartWrite(vma));
      if (registered) w.as(1, userfaultfdSetCtx(vma, 1, "missing"));
      const broken = told(w, w.k.vmInsertPage(mm, vma, AT, own, null));
      expect(broken.includes("UFFD-TYPE S6")).toBe(registered);
      expect(broken).toContain("INS-MIXED S6");
    }
  });

  it("device memory without VM_IO can be pinned (get_user_pages), with it not", () => {
    for (const io of [false, true]) {
      const { w, mm, vma, own } = inUse(VM.MIXEDMAP | (io ? VM.IO : 0));
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.pteAlloc(mm, AT));
      w.as(1, w.k.pteOffsetMapLock(mm, AT));
      w.as(1, insertPageIntoPteLocked(vma, AT, own, false));
      expect(w.as(1, followPagePte(vma, AT))).toEqual(io ? null : own);
      expect(w.broken(1)).toEqual([]);
    }
  });

  it("T6: VM_IO and VM_DONTEXPAND, T7: VM_DONTCOPY and VM_DONTDUMP stay set in the VMA", () => {
    const { w, vma } = fresh(0);
    for (const set of ["setIo", "setDontexpand", "setDontcopy", "setDontdump"] as const) w.as(1, w.k[set](vma));
    const all = VM.IO | VM.DONTEXPAND | VM.DONTCOPY | VM.DONTDUMP;
    expect(w.table.get(vmaFlags.of(vma.vma)) & all).toBe(all);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["DODUMP", VM.DONTDUMP, 0, 0],
    ["DODUMP", VM.DONTDUMP, VM.IO, -22],
    ["DOFORK", VM.DONTCOPY, 0, 0],
    ["DOFORK", VM.DONTCOPY, VM.IO, -22],
    ["DOFORK", VM.DONTCOPY, VM.MIXEDMAP, 0],
  ] as const)("T7: MADV_%s undoes flag %i beside flags %i: %i", (advice, flag, beside, result) => {
    const { w, mm, vma } = inUse(flag | beside);
    expect(w.as(1, w.k.madviseFlags(mm, AT, 4 * PAGE, advice))).toBe(result);
    expect(w.table.get(vmaFlags.of(vma.vma)) & flag).toBe(result === 0 ? 0 : flag);
    expect(w.broken(1)).toEqual([]);
  });
});
