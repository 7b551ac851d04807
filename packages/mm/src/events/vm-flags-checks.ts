import { PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { pageTables } from "../objects/mm.ts";
import { pteAt } from "../objects/page.ts";
import { flagNames, VM } from "../objects/vm-flags.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { FLAG_COMBO, FLAG_PAIR } from "../rules/vma-flags.ts";
import type { Reader } from "../store/transaction.ts";
import { checkFieldWrite } from "./field-locks.ts";
import type { StepContext } from "./step-context.ts";
import { checkUffdType } from "./uffd-rules.ts";

/** VM_READ, VM_WRITE, VM_EXEC; shifted by four they are their VM_MAY* flags. */
export const ACCESS: number = VM.READ | VM.WRITE | VM.EXEC;
const BOTH_MAPS = VM.PFNMAP | VM.MIXEDMAP;

/** A store to vm_flags: what the locks, the phase of the VMA and the flags themselves must allow. */
export function storeFlags(tx: StepContext, vma: Vma, ptr: VmaPtr, next: number): void {
  const before = tx.read(vmaFlags.of(ptr.vma));
  checkFieldWrite(tx, vma, ptr, "vm_flags");
  const set = next & ~before;
  const cleared = before & ~next;
  checkCombination(tx, vma, ptr, before, next);
  if ((cleared & BOTH_MAPS) !== 0 && (vma.state !== "new" || anyPte(tx, vma.mm, vma.start, vma.end))) {
    const pfn = (cleared & VM.PFNMAP) !== 0;
    const name = flagNames(cleared & BOTH_MAPS);
    tx.violate(FLAG_COMBO, vmaName(ptr), `VM_${name} is cleared on a VMA with its pages`, pfn ? "S0" : "S6");
  }
  if ((set & BOTH_MAPS) !== 0 && vma.state !== "new") {
    tx.violate(FLAG_COMBO, vmaName(ptr), `VM_${flagNames(set & BOTH_MAPS)} is set on a VMA in use`);
  }
  if ((set & VM.PFNMAP) !== 0 && vma.state === "new" && anyPte(tx, vma.mm, vma.start, vma.end)) {
    tx.violate(FLAG_COMBO, vmaName(ptr), `VM_PFNMAP is set when a page is mapped already`);
  }
  if ((set & (ACCESS << 4)) !== 0) {
    tx.violate(FLAG_PAIR, vmaName(ptr), `VM_${flagNames(set & (ACCESS << 4))} is set again after it was cleared`);
  }
  checkPairs(tx, ptr, set | cleared, next);
  if ((set & VM.MIXEDMAP) !== 0) checkUffdType(tx, vma, ptr, next);
  tx.write(vmaFlags.of(ptr.vma), next);
  const stale = vma.state === "attached" && vma.prot === undefined && ((set | cleared) & ACCESS) !== 0;
  if (stale) tx.write(vmaSlot.of(ptr.vma), { ...vma, prot: before & (ACCESS | VM.SHARED) });
}

/** What vm_page_prot of a VMA allows, as VM_* access flags. */
export function pageProt(tx: Reader, vma: Vma, slot: number): number {
  return vma.prot ?? tx.read(vmaFlags.of(slot)) & (ACCESS | VM.SHARED);
}

/** Whether a PTE made from vm_page_prot lets user code write: of a private mapping only a copy may be written. */
export function protWrites(prot: number): boolean {
  return (prot & (VM.WRITE | VM.SHARED)) === (VM.WRITE | VM.SHARED);
}

function checkCombination(tx: StepContext, vma: Vma, ptr: VmaPtr, before: number, next: number): void {
  if ((next & BOTH_MAPS) === BOTH_MAPS && (before & BOTH_MAPS) !== BOTH_MAPS) {
    tx.violate(FLAG_COMBO, vmaName(ptr), `${vmaName(ptr)} gets VM_PFNMAP and VM_MIXEDMAP together`);
  }
  if ((next & ~before & VM.HUGETLB) !== 0 && vma.ops !== HUGETLBFS) {
    tx.violate(FLAG_COMBO, vmaName(ptr), `${vmaName(ptr)} gets VM_HUGETLB, but maps no file of hugetlbfs`);
  }
}

/** Accesses that are allowed and may not be allowed: sanitize_fault_flags warns of them at the first write fault. */
function checkPairs(tx: StepContext, ptr: VmaPtr, touched: number, next: number): void {
  const lone = next & ACCESS & ~(next >> 4);
  if (lone === 0 || ((lone | (lone << 4)) & touched) === 0) return;
  tx.violate(FLAG_PAIR, vmaName(ptr), `${vmaName(ptr)} has VM_${flagNames(lone)} without its VM_MAY flag`);
}

/** The name that vm_ops of hugetlbfs has: the only VMAs whose pages are huge. */
export const HUGETLBFS = "hugetlb";

/** Whether any PTE of the range is filled. */
export function anyPte(tx: Reader, mm: number, start: number, end: number): boolean {
  for (const table of tx.read(pageTables.of(mm))) {
    const last = Math.min(end, (table + 1) * TABLE_SPAN);
    for (let at = Math.max(start, table * TABLE_SPAN); at < last; at += PAGE_SIZE) {
      if (tx.read(pteAt(mm, at)) !== null) return true;
    }
  }
  return false;
}

/** The mmap hook has returned and the VMA enters the tree: what the driver refused must be refused for ever. */
export function checkHookDone(tx: StepContext, vma: Vma, ptr: VmaPtr): void {
  if (vma.refused === undefined) return;
  const open = vma.refused & (tx.read(vmaFlags.of(ptr.vma)) >> 4);
  if (open === 0) return;
  const may = flagNames(open << 4);
  tx.violate(FLAG_PAIR, vmaName(ptr), `the driver refuses VM_${flagNames(open)} and leaves VM_${may} set`);
}

/** Core code walks the page tables of a VMA: of huge pages if VM_HUGETLB is set, whatever file it maps. */
export function checkHugetlbWalk(tx: StepContext, vma: Vma, ptr: VmaPtr): void {
  if (vma.ops === HUGETLBFS || vma.ops === "" || (tx.read(vmaFlags.of(ptr.vma)) & VM.HUGETLB) === 0) return;
  const message = `${tx.op} takes the superblock of ${vma.ops} for one of hugetlbfs: type confusion in hstate_vma`;
  tx.violate(FLAG_COMBO, vmaName(ptr), message, "S0");
}
