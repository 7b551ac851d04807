import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { gather, type Pte, pteAt } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { PERM } from "../rules/perm.ts";
import { RANGE } from "../rules/page-table.ts";
import { needsPtl } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";
import { ACCESS, pageProt, protWrites } from "./vm-flags-checks.ts";

/** What mprotect, mlock and madvise must know of a VMA before they change it. */
export type VmaView = {
  readonly mm: number;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly ops: string;
  readonly owner: string;
  readonly file: number | null;
  /** Present where it is (VM_SEALED). */
  readonly sealed?: true;
};

/** vma_is_anonymous: no vm_ops. include/linux/mm.h */
export function isAnonymous({ ops, file }: VmaView): boolean {
  return ops === "" && file === null;
}

/** A VMA's fields, read under a lock that keeps them. */
export const vmaView: Step<[VmaPtr], VmaView> = step("vma_view", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return { mm: 0, start: 0, end: 0, flags: 0, pgoff: 0, ops: "", owner: "", file: null };
  const { mm, start, end, pgoff, ops, owner, file, sealed } = vma;
  const view = { mm, start, end, flags: tx.read(vmaFlags.of(ptr.vma)), pgoff, ops, owner, file };
  return sealed === undefined ? view : { ...view, sealed };
});

/** The flags that a VMA gets when its access rights become `prot`, or -EACCES: each must be one that it may have. */
export function protectedFlags(flags: number, prot: number): number {
  const access = prot & ACCESS;
  return (access & ~(flags >> 4)) === 0 ? (flags & ~ACCESS) | access : ERRNO.EACCES;
}

/**
 * change_pte_range: the PTEs of [start, end), which one page table maps, follow vm_page_prot. Rights taken away wait in
 * the gather for their TLB flush. mm/mprotect.c
 */
export const changePteRange: Step<[VmaPtr, number, number], null> = step("change_pte_range", (tx, ptr, start, end) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (start >= end || end - start > TABLE_SPAN) {
    tx.violate(RANGE, hex(start), `change of [${hex(start)}, ${hex(end)}) in one page table`);
    return;
  }
  needsPtl(tx, vma.mm, start);
  const prot = pageProt(tx, vma, ptr.vma);
  for (let address = start; address < end; address += PAGE_SIZE) {
    const entry = tx.read(pteAt(vma.mm, address));
    if (entry === null) continue;
    if ("write" in entry) changePte(tx, vma, ptr, address, entry, prot);
    changeNone(tx, vma.mm, address, (prot & ACCESS) === 0);
  }
});

type Writable = Extract<Pte, { readonly write: boolean }>;

function changePte(tx: StepContext, vma: Vma, ptr: VmaPtr, at: number, entry: Writable, prot: number): void {
  const present = !("kind" in entry);
  if (entry.write && (prot & VM.WRITE) === 0) {
    tx.write(pteAt(vma.mm, at), { ...entry, write: false });
    if (present) tx.update(gather.of(tx.task), (owed) => [...owed, { mm: vma.mm, at, page: null }]);
  } else if (!entry.write && present && protWrites(prot)) {
    checkMayWrite(tx, vma, ptr, at);
    tx.write(pteAt(vma.mm, at), { ...entry, write: true });
  }
}

/** PROT_NONE, and the way back: what is mapped stays, and cannot be reached (pte_protnone). */
function changeNone(tx: StepContext, mm: number, at: number, none: boolean): void {
  const entry = tx.read(pteAt(mm, at));
  if (entry === null || ("kind" in entry && entry.kind !== "zero") || none === "none" in entry) return;
  const { none: _was, ...rest } = entry;
  tx.write(pteAt(mm, at), none ? { ...entry, none } : rest);
  if (none) tx.update(gather.of(tx.task), (owed) => [...owed, { mm, at, page: null }]);
}

/** User code is about to get a writable PTE of a shared mapping: not where the driver has refused writes. */
export function checkMayWrite(tx: StepContext, vma: Vma, ptr: VmaPtr, at: number): void {
  if (((vma.refused ?? 0) & VM.WRITE) === 0) return;
  const message = `${tx.op} makes ${hex(at)} of ${vmaName(ptr)} writable, a mapping for which ${vma.ops} refuses writes`;
  tx.violate(PERM, vmaName(ptr), message);
}

export const mprotectSteps: readonly AnyStep[] = [vmaView, changePteRange];
