import { areaAt, vmaTree } from "../objects/mm.ts";
import { type Gathered, gather, pageName, type PagePtr, presentPte, pteAt } from "../objects/page.ts";
import { countTasks } from "../objects/task.ts";
import { tlb, type TlbEntry, tlbUsers } from "../objects/tlb.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags } from "../objects/vma.ts";
import { hex } from "../objects/address.ts";
import { TLB_PAGE, TLB_PERM } from "../rules/tlb.ts";
import type { StepContext } from "./step-context.ts";

/** Throws out of every TLB what it has of [start, end): flush_tlb_mm_range(), arch/x86/mm/tlb.c. */
export function flushRange(tx: StepContext, mm: number, start: number, end: number): void {
  flushWhere(tx, (entry) => entry.mm === mm && start <= entry.at && entry.at < end);
}

/** Throws out of every TLB what this task's gather has cleared. */
export function flushGathered(tx: StepContext, gathered: readonly Gathered[]): void {
  flushWhere(tx, (entry) => gathered.some(({ mm, at }) => entry.mm === mm && entry.at === at));
}

/** mm_tlb_flush_nested: somebody else has cleared PTEs of this address space and owes the flush. */
export function flushNested(tx: StepContext, mm: number): boolean {
  if (tx.read(tlbUsers).length === 0) return false;
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) {
    if (task !== tx.task && tx.read(gather.of(task)).some((entry) => entry.mm === mm)) return true;
  }
  return false;
}

function flushWhere(tx: StepContext, gone: (entry: TlbEntry) => boolean): void {
  for (const task of tx.read(tlbUsers)) {
    const entries = tx.read(tlb.of(task));
    if (!entries.some(gone)) continue;
    tx.write(
      tlb.of(task),
      entries.filter((entry) => !gone(entry)),
    );
  }
}

/** The page goes back to the allocator: no TLB may still lead to it. */
export function checkNoTlb(tx: StepContext, page: PagePtr): void {
  for (const task of tx.read(tlbUsers)) {
    const stale = tx.read(tlb.of(task)).find((entry) => entry.page === page.page && entry.gen === page.gen);
    if (stale === undefined) continue;
    tx.violate(
      TLB_PAGE,
      pageName(page),
      `${pageName(page)} is freed while the TLB of task ${task} still maps ${hex(stale.at)} to it`,
    );
    return;
  }
}

/** mmap_lock is let go of for writing: no TLB may give more rights than PTE and VMA, whichever were changed under it. */
export function checkTlbRights(tx: StepContext, mm: number): void {
  for (const task of tx.read(tlbUsers)) {
    for (const entry of tx.read(tlb.of(task))) {
      if (entry.mm === mm && entry.write) checkRights(tx, entry, task);
    }
  }
}

function checkRights(tx: StepContext, { mm, at, page }: TlbEntry, task: number): void {
  const mapped = presentPte(tx.read(pteAt(mm, at)));
  const area = areaAt(tx.read(vmaTree.of(mm)), at);
  const lessInPte = mapped !== null && mapped.page === page && !mapped.write;
  const lessInVma = area !== undefined && (tx.read(vmaFlags.of(area.vma)) & VM.WRITE) === 0;
  if (!lessInPte && !lessInVma) return;
  const less = lessInPte ? "the PTE no longer does" : "its VMA no longer does";
  tx.violate(TLB_PERM, `pte:${mm}:${hex(at)}`, `the TLB of task ${task} still allows writes to ${hex(at)}, ${less}`);
}
