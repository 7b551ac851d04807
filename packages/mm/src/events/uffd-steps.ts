import { ERRNO } from "../objects/errno.ts";
import { vmaTree } from "../objects/mm.ts";
import { type UffdMode, vmaUffd } from "../objects/uffd.ts";
import { pteAt } from "../objects/page.ts";
import { type VmaPtr, vmaFlags, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import { canUserfault, checkUffdType, flagsOf, uffdOf, VM_UFFD } from "./uffd-rules.ts";
import { accessMm, accessVma, needsWriteLock } from "./vma-access.ts";

/**
 * The checks of UFFDIO_REGISTER: every VMA of the range can have a context, may be written, and has no other. 0 or an
 * errno. fs/userfaultfd.c, userfaultfd_register()
 */
export const userfaultfdCheck: Step<[number, number, number, number, UffdMode], number> = step(
  "vma_can_userfault",
  (tx, mm, start, end, ctx, mode) => {
    accessMm(tx, mm);
    needsWriteLock(tx, mm, `mm:${mm}/tree`);
    const areas = tx.read(vmaTree.of(mm)).filter((area) => area.start < end && start < area.end);
    if (areas.length === 0) return ERRNO.EINVAL;
    for (const { vma, gen } of areas) {
      if (!canUserfault(tx, tx.read(vmaSlot.of(vma)), mode)) return ERRNO.EINVAL;
      if ((tx.read(vmaFlags.of(vma)) & VM.MAYWRITE) === 0) return ERRNO.EPERM;
      const other = uffdOf(tx, { vma, gen });
      if (other !== null && other.ctx !== ctx) return ERRNO.EBUSY;
    }
    return 0;
  },
);

/** userfaultfd_set_ctx: the VMA's faults go to this context; null: to none any more. mm/userfaultfd.c */
export const userfaultfdSetCtx: Step<[VmaPtr, number | null, UffdMode], null> = step(
  "userfaultfd_set_ctx",
  (tx, ptr, ctx, mode) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    checkFieldWrite(tx, vma, ptr, "vm_userfaultfd_ctx");
    tx.write(vmaUffd.of(ptr.vma), ctx === null ? null : { gen: ptr.gen, ctx, mode });
    const armed = mode === "missing" ? VM.UFFD_MISSING : VM.UFFD_WP;
    const flags = (flagsOf(tx, ptr) & ~VM_UFFD) | (ctx === null ? 0 : armed);
    tx.write(vmaFlags.of(ptr.vma), flags);
    checkUffdType(tx, vma, ptr, flags);
  },
);

/** vma->vm_userfaultfd_ctx: the context's number, or null. */
export const readUffdCtx: Step<[VmaPtr], number | null> = step("vm_userfaultfd_ctx", (tx, ptr) =>
  accessVma(tx, ptr) === undefined ? null : (uffdOf(tx, ptr)?.ctx ?? null),
);

/**
 * handle_userfault, all locks dropped: waits until a monitor has filled the PTE or taken the context off. The caller
 * then faults again. fs/userfaultfd.c
 */
export const handleUserfault: Step<[number, number, VmaPtr], null> = step(
  "handle_userfault",
  (tx, mm, address, ptr) => {
    if (tx.read(pteAt(mm, address)) !== null) return;
    return uffdOf(tx, ptr) === null ? undefined : BLOCKED;
  },
);

export const uffdSteps: readonly AnyStep[] = [userfaultfdCheck, userfaultfdSetCtx, readUffdCtx, handleUserfault];
