import { withNumber } from "../objects/ascending.ts";
import { hex, pageStart } from "../objects/address.ts";
import { areaAt, vmaTree } from "../objects/mm.ts";
import { gather, type PagePtr, pageName, pageSlot, pageType, presentPte, pteAt } from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { tlb, type TlbEntry, tlbUsers } from "../objects/tlb.ts";
import { vmaFlags } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { PERM } from "../rules/perm.ts";
import { TLB_PAGE } from "../rules/tlb.ts";
import { byteOf, inPage, storeByte } from "./page-bytes.ts";
import { touchMm } from "./mm-steps.ts";
import { gatherHolder, putRef } from "./page-refs.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { flushGathered, flushNested, flushRange } from "./tlb.ts";

/**
 * User code of this task touches an address: by its TLB where that has the page with the rights wanted, else by a walk
 * of the page tables, which fills the TLB. `fault`: the kernel is asked, and the access has not happened.
 */
export const userAccess: Step<[number, number, boolean], "ok" | "fault"> = step(
  "user_access",
  (tx, mm, address, write) => (translate(tx, mm, address, write) === null ? "fault" : "ok"),
);

/** User code reads a byte: what it is, or null where the kernel is asked first. */
export const userLoad: Step<[number, number], number | null> = step("user_load", (tx, mm, address) => {
  const page = translate(tx, mm, address, false);
  return page === null || page === "zero" ? (page === null ? null : 0) : byteOf(tx, page, inPage(address));
});

/** User code writes a byte: whether it could, without asking the kernel. */
export const userStore: Step<[number, number, number], boolean> = step("user_store", (tx, mm, address, byte) => {
  const page = translate(tx, mm, address, true);
  if (page === null || page === "zero") return false;
  storeByte(tx, page, inPage(address), byte);
  return true;
});

/** What the address leads to, with the rights wanted; null for a page fault. */
function translate(tx: StepContext, mm: number, address: number, write: boolean): PagePtr | "zero" | null {
  const at = pageStart(address);
  const known = tx.read(tlb.of(tx.task));
  const hit = known.find((entry) => entry.mm === mm && entry.at === at);
  if (hit !== undefined && (!write || (hit.write && hit.clean !== true))) {
    useTlb(tx, hit);
    return { page: hit.page, gen: hit.gen };
  }
  const found = tx.read(pteAt(mm, at));
  if (found !== null && "none" in found) return null;
  if (!write && found !== null && "kind" in found && found.kind === "zero") return "zero";
  const entry = presentPte(found);
  if (entry === null || (write && !entry.write)) return null;
  if (write) mayWrite(tx, mm, at, entry);
  const { page, gen, clean } = entry;
  const dirties = write && clean === true;
  if (dirties) {
    const { clean: _dirtied, ...dirty } = entry;
    tx.write(pteAt(mm, at), dirty);
  }
  const rest = known.filter((one) => one !== hit);
  const filled = { mm, at, page, gen, write: entry.write, ...(clean === true && !dirties ? { clean } : {}) };
  tx.write(
    tlb.of(tx.task),
    [...rest, filled].sort((a, b) => a.mm - b.mm || a.at - b.at),
  );
  if (!tx.read(tlbUsers).includes(tx.task)) {
    tx.update(tlbUsers, (tasks) => withNumber(tasks, tx.task));
  }
  return { page, gen };
}

function useTlb(tx: StepContext, { at, page, gen }: TlbEntry): void {
  const now = tx.read(pageSlot.of(page));
  if (now.state === "live" && now.gen === gen) return;
  const name = pageName({ page, gen });
  tx.violate(TLB_PAGE, name, `user code reaches ${name} at ${hex(at)} by its TLB, after the page was freed`);
}

/** A write through a writable PTE, when nobody is in the middle of changing the area's rights. */
function mayWrite(tx: StepContext, mm: number, at: number, page: PagePtr): void {
  if (tx.read(pageType.of(page.page)) === "driver") {
    tx.violate(
      PERM,
      `pte:${mm}:${hex(at)}`,
      `user code writes to ${pageName(page)}, a page of a driver that only the kernel may write`,
    );
  }
  const area = areaAt(tx.read(vmaTree.of(mm)), at);
  if (area === undefined || (tx.read(vmaFlags.of(area.vma)) & VM.WRITE) !== 0) return;
  if (tx.read(mmapLock(mm).writer) !== null) return;
  tx.violate(PERM, `pte:${mm}:${hex(at)}`, `user code writes to ${hex(at)}, whose VMA has no VM_WRITE`);
}

/** flush_tlb_range: no TLB has anything of [start, end) any more. include/asm-generic/tlb.h, arch/x86/mm/tlb.c */
export const flushTlbRange: Step<[number, number, number], null> = step("flush_tlb_range", (tx, mm, start, end) => {
  touchMm(tx, mm);
  flushRange(tx, mm, start, end);
});

/** flush_tlb_mm: no TLB has anything of this address space any more. */
export const flushTlbMm: Step<[number], null> = step("flush_tlb_mm", (tx, mm) => {
  touchMm(tx, mm);
  flushRange(tx, mm, 0, Number.MAX_SAFE_INTEGER);
});

/** tlb_flush_mmu_tlbonly: the flush that a gather owes, now; the references it holds stay. include/asm-generic/tlb.h */
export const tlbFlushMmuTlbonly: Step<[], null> = step("tlb_flush_mmu_tlbonly", (tx) => {
  const gathered = tx.read(gather.of(tx.task));
  if (gathered.length === 0) return;
  flushGathered(tx, gathered);
  tx.write(
    gather.of(tx.task),
    gathered.filter(({ page }) => page !== null),
  );
});

/**
 * tlb_finish_mmu: the flush, then the references of the cleared PTEs are dropped. The whole address space is flushed
 * when another task still owes a flush of it, for this one may have found PTEs clear that TLBs still have.
 * mm/mmu_gather.c
 */
export const tlbFinishMmu: Step<[number], null> = step("tlb_finish_mmu", (tx, mm) => {
  const gathered = tx.read(gather.of(tx.task));
  if (flushNested(tx, mm)) flushRange(tx, mm, 0, Number.MAX_SAFE_INTEGER);
  if (gathered.length === 0) return;
  flushGathered(tx, gathered);
  for (const { page } of gathered) if (page !== null) putRef(tx, page, gatherHolder(tx.task));
  tx.write(gather.of(tx.task), []);
});

/**
 * tlb_finish_mmu of a gather of the full mm, on machines where that skips the flush: nobody is to run in the address
 * space ever again. References of the cleared PTEs are dropped. arch/arm64/include/asm/tlb.h, tlb_flush()
 */
export const tlbFinishFullmm: Step<[], null> = step("tlb_finish_fullmm", (tx) => {
  const gathered = tx.read(gather.of(tx.task));
  tx.write(gather.of(tx.task), []);
  for (const { page } of gathered) if (page !== null) putRef(tx, page, gatherHolder(tx.task));
});

export const tlbSteps: readonly AnyStep[] = [
  userAccess,
  userLoad,
  userStore,
  flushTlbRange,
  flushTlbMm,
  tlbFlushMmuTlbonly,
  tlbFinishMmu,
  tlbFinishFullmm,
];
