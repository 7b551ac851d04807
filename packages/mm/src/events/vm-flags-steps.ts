import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { FIELD_WRITE } from "../rules/vma-fields.ts";
import { FLAG_COMBO } from "../rules/vma-flags.ts";
import { ACCESS, storeFlags } from "./vm-flags-checks.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

// include/linux/mm.h, the helpers that store vm_flags. vm_flags_set, vm_flags_clear and vm_flags_mod take the VMA write
// lock themselves: they are procedures, in kernel/vm-flags.ts. None of them touches PTEs or vm_page_prot.

/** vm_flags_init: a plain store, of a VMA that nobody sees yet. */
export const vmFlagsInit: Step<[VmaPtr, number], null> = step("vm_flags_init", (tx, ptr, flags) => {
  store(tx, ptr, () => flags);
});

/** vm_flags_reset: a plain store that asserts the VMA write lock. */
export const vmFlagsReset: Step<[VmaPtr, number], null> = step("vm_flags_reset", (tx, ptr, flags) => {
  store(tx, ptr, () => flags);
});

/** vm_flags_reset_once: the same in one word (WRITE_ONCE), for readers under rmap locks. */
export const vmFlagsResetOnce: Step<[VmaPtr, number], null> = step("vm_flags_reset_once", (tx, ptr, flags) => {
  store(tx, ptr, () => flags);
});

/** __vm_flags_mod: sets and clears flags with no lock taken and none asserted. */
export const vmFlagsModUnlocked: Step<[VmaPtr, number, number], null> = step(
  "__vm_flags_mod",
  (tx, ptr, set, clear) => {
    store(tx, ptr, (flags) => (flags | set) & ~clear);
  },
);

/**
 * vma_set_atomic_flag: one bit, atomically, under the VMA or mmap read lock; VM_MAYBE_GUARD is the only one allowed.
 */
export const vmaSetMaybeGuard: Step<[VmaPtr], null> = step("vma_set_atomic_flag", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "VM_MAYBE_GUARD");
  if (vma.guard !== true) tx.write(vmaSlot.of(ptr.vma), { ...vma, guard: true });
});

/**
 * A driver's hook tests for accesses that it does not allow: -EPERM when one is asked for. Otherwise 0, and the mapping
 * counts as one that must never get them: to make that true, the driver clears their VM_MAY* flags.
 */
export const driverRefuses: Step<[VmaPtr, number], number> = step("driver_refuses", (tx, ptr, access) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || (tx.read(vmaFlags.of(ptr.vma)) & access & ACCESS) !== 0) return ERRNO.EPERM;
  tx.write(vmaSlot.of(ptr.vma), { ...vma, refused: (vma.refused ?? 0) | (access & ACCESS) });
  return 0;
});

/** VmaNew::set_mixedmap, VmaNew::set_io …: a flag that a new VMA may get. rust/kernel/mm/virt.rs, VmaNew::update_flags() */
function setting(op: string, flag: number): Step<[VmaPtr], null> {
  return step(op, (tx, ptr) => {
    onlyNew(tx, ptr);
    store(tx, ptr, (flags) => flags | flag);
  });
}

/** VmaNew::try_clear_maywrite …: -EINVAL when the access is asked for already; else it is out of reach for ever. */
function clearing(op: string, access: number): Step<[VmaPtr], number> {
  return step(op, (tx, ptr) => {
    onlyNew(tx, ptr);
    const vma = accessVma(tx, ptr);
    if (vma === undefined || (tx.read(vmaFlags.of(ptr.vma)) & access) !== 0) return ERRNO.EINVAL;
    tx.write(vmaSlot.of(ptr.vma), { ...vma, refused: (vma.refused ?? 0) | access });
    store(tx, ptr, (flags) => flags & ~(access << 4));
    return 0;
  });
}

export const tryClearMayread: Step<[VmaPtr], number> = clearing("try_clear_mayread", VM.READ);
export const tryClearMaywrite: Step<[VmaPtr], number> = clearing("try_clear_maywrite", VM.WRITE);
export const tryClearMayexec: Step<[VmaPtr], number> = clearing("try_clear_mayexec", VM.EXEC);
export const setMixedmap: Step<[VmaPtr], null> = setting("set_mixedmap", VM.MIXEDMAP);
/** In the reviewed API only: later ones have no such method, and set_mixedmap can never combine. */
export const setPfnmap: Step<[VmaPtr], null> = setting("set_pfnmap", VM.PFNMAP);
export const setIo: Step<[VmaPtr], null> = setting("set_io", VM.IO);
export const setDontexpand: Step<[VmaPtr], null> = setting("set_dontexpand", VM.DONTEXPAND);
export const setDontcopy: Step<[VmaPtr], null> = setting("set_dontcopy", VM.DONTCOPY);
export const setDontdump: Step<[VmaPtr], null> = setting("set_dontdump", VM.DONTDUMP);

/** VmAreaNew::set_anonymous of the reviewed API, vma_set_anonymous: vm_ops becomes null. */
export const setAnonymous: Step<[VmaPtr], null> = step("set_anonymous", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state === "attached") {
    tx.violate(FIELD_WRITE, vmaName(ptr), `vm_ops of ${vmaName(ptr)} is written while it is in use`);
  }
  if (vma.ops !== "" || vma.file !== null) {
    const message = `${vmaName(ptr)} of ${vma.ops || "a file"} looks anonymous from now on: anonymous faults, KSM, userfaultfd`;
    tx.violate(FLAG_COMBO, vmaName(ptr), message);
  }
  tx.write(vmaSlot.of(ptr.vma), { ...vma, ops: "" });
});

function onlyNew(tx: StepContext, ptr: VmaPtr): void {
  const vma = tx.read(vmaSlot.of(ptr.vma));
  if (vma.gen !== ptr.gen || vma.state === "new" || vma.state === "free") return;
  tx.violate(FLAG_COMBO, vmaName(ptr), `${tx.op} on ${vmaName(ptr)}, which is ${vma.state}: only its mmap hook may`);
}

function store(tx: StepContext, ptr: VmaPtr, next: (flags: number) => number): void {
  const vma = accessVma(tx, ptr);
  if (vma !== undefined) storeFlags(tx, vma, ptr, next(tx.read(vmaFlags.of(ptr.vma))));
}

export const vmFlagsSteps: readonly AnyStep[] = [
  vmFlagsInit,
  vmFlagsReset,
  vmFlagsResetOnce,
  vmFlagsModUnlocked,
  vmaSetMaybeGuard,
  driverRefuses,
  tryClearMayread,
  tryClearMaywrite,
  tryClearMayexec,
  setMixedmap,
  setPfnmap,
  setIo,
  setDontexpand,
  setDontcopy,
  setDontdump,
  setAnonymous,
];
