import type { Reader } from "../store/transaction.ts";
import { type Uffd, type UffdMode, vmaUffd } from "../objects/uffd.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { UFFD_TYPE } from "../rules/process.ts";
import type { StepContext } from "./step-context.ts";

/** __VM_UFFD_FLAGS: the flags that go with a context. */
export const VM_UFFD: number = VM.UFFD_MISSING | VM.UFFD_WP;

/** Kinds of memory whose missing pages a monitor can provide: what a VMA's vm_ops are called for each. */
const UFFD_OPS: readonly string[] = ["", "shmem", "hugetlb"];

/** The userfaultfd context of this VMA, or null. */
export function uffdOf(tx: Reader, { vma, gen }: VmaPtr): Uffd | null {
  const uffd = tx.read(vmaUffd.of(vma));
  return uffd?.gen === gen ? uffd : null;
}

/** Whether memory of this kind may have a context. include/linux/userfaultfd_k.h, vma_can_userfault() */
export function canUserfault(vma: Vma, mode: UffdMode): boolean {
  return mode === "wp-async" || UFFD_OPS.includes(vma.ops);
}

/** A VMA has, or gets, a userfaultfd context and these flags. Called where either is stored. */
export function checkUffdType(tx: StepContext, vma: Vma, ptr: VmaPtr, flags: number): void {
  const uffd = uffdOf(tx, ptr);
  if (uffd === null) return;
  const name = vmaName(ptr);
  if (!canUserfault(vma, uffd.mode)) {
    tx.violate(UFFD_TYPE, name, `${name}, which is ${vma.ops}, has a userfaultfd context`);
  } else if ((flags & VM.MIXEDMAP) !== 0) {
    tx.violate(UFFD_TYPE, name, `${name} has a userfaultfd context and VM_MIXEDMAP`);
  }
}

/** The VMA's flags as they are: for a check after a context was stored. */
export function flagsOf(tx: Reader, ptr: VmaPtr): number {
  return tx.read(vmaFlags.of(ptr.vma));
}
