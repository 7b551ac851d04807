import type { Reader } from "../store/transaction.ts";
import { file, inodeShmem } from "../objects/file.ts";
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

/**
 * Whether memory of this kind may have a context: anonymous, which is what a driver gave no vm_ops too, shmem or hugetlb.
 * include/linux/userfaultfd_k.h, vma_can_userfault()
 */
export function canUserfault(tx: Reader, vma: Vma, mode: UffdMode): boolean {
  if (mode === "wp-async") return true;
  if (vma.ops !== "" || vma.file === null) return UFFD_OPS.includes(vma.ops);
  const { inode, ops } = tx.read(file.of(vma.file));
  return ops !== "" || tx.read(inodeShmem.of(inode));
}

/** A VMA has, or gets, a userfaultfd context and these flags. Called where either is stored. */
export function checkUffdType(tx: StepContext, vma: Vma, ptr: VmaPtr, flags: number): void {
  const uffd = uffdOf(tx, ptr);
  if (uffd === null) return;
  const name = vmaName(ptr);
  if (!canUserfault(tx, vma, uffd.mode)) {
    tx.violate(
      UFFD_TYPE,
      name,
      `${name}, which is of ${vma.ops === "" ? "a file on disk" : vma.ops}, has a userfaultfd context`,
    );
  } else if ((flags & VM.MIXEDMAP) !== 0) {
    tx.violate(UFFD_TYPE, name, `${name} has a userfaultfd context and VM_MIXEDMAP`);
  }
}

/** The VMA's flags as they are: for a check after a context was stored. */
export function flagsOf(tx: Reader, ptr: VmaPtr): number {
  return tx.read(vmaFlags.of(ptr.vma));
}
