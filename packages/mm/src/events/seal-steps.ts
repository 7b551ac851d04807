import { ERRNO } from "../objects/errno.ts";
import { file, fileSealed, iMmap } from "../objects/file.ts";
import { vmaFlags, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { RANGE } from "../rules/page-table.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { fileIsOpen } from "./file-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { accessVma } from "./vma-access.ts";

const WRITABLE = VM.SHARED | VM.MAYWRITE;

/** vm_flags_set(vma, VM_SEALED), of which no way leads back. mm/mseal.c */
export const vmaSeal: Step<[VmaPtr], null> = step("vma_set_sealed", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_flags");
  tx.write(vmaSlot.of(ptr.vma), { ...vma, sealed: true });
});

/**
 * memfd_check_seals and mapping_map_writable: the flags with which a file is mapped, or -EPERM. A shared mapping of a
 * sealed memfd must not be written; one that is only read may never become so, where that is known to be enough
 * (`readOnly`). mm/memfd.c, mm/vma.c
 */
export const memfdCheckSeals: Step<[number, number, boolean], number> = step(
  "memfd_check_seals",
  (tx, slot, flags, readOnly) => {
    if (!fileIsOpen(tx, slot)) return ERRNO.EBADF;
    if (!tx.read(fileSealed.of(tx.read(file.of(slot)).inode)) || (flags & WRITABLE) !== WRITABLE) return flags;
    if ((flags & VM.WRITE) !== 0 || !readOnly) return ERRNO.EPERM;
    return flags & ~VM.MAYWRITE;
  },
);

/** fcntl(F_ADD_SEALS, F_SEAL_WRITE): 0, or -EBUSY while the file is mapped so that it may be written. mm/memfd.c */
export const memfdAddSeals: Step<[number], number> = step("memfd_add_seals", (tx, inode) => {
  const busy = tx.read(iMmap.of(inode)).some(({ vma }) => (tx.read(vmaFlags.of(vma)) & WRITABLE) === WRITABLE);
  if (busy) return ERRNO.EBUSY;
  tx.write(fileSealed.of(inode), true);
  return 0;
});

/**
 * vma_set_range by a driver's mmap hook: mm looks whether the VMA still begins where it put it, and warns. mm/vma.c,
 * __mmap_new_file_vma()
 */
export const vmaSetRange: Step<[VmaPtr, number, number], null> = step("vma_set_range", (tx, ptr, start, end) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state !== "new") checkFieldWrite(tx, vma, ptr, "vm_start");
  if (start !== vma.start || end <= start) {
    tx.violate(RANGE, vmaName(ptr), `its mmap hook moves ${vmaName(ptr)}, which mm has put where it is`);
    return;
  }
  tx.write(vmaSlot.of(ptr.vma), { ...vma, end });
});

export const sealSteps: readonly AnyStep[] = [vmaSeal, memfdCheckSeals, memfdAddSeals, vmaSetRange];
