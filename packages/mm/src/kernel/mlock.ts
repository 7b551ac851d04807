import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { VM_SPECIAL } from "../events/vma-merge-steps.ts";
import { pageAlign } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context } from "./context.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { vmaModifyFlags, vmaNext } from "./mprotect.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * mlock(2) (`lock`) and munlock(2): 0, -EINVAL, or -ENOMEM for a gap. What a driver maps is left as it is. Faulting the
 * pages in afterwards is the caller's, as it is in the kernel. mm/mlock.c, apply_vma_lock_flags(), mlock_fixup()
 */
export const mlock: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "mlock",
  function* (k, mm: number, start: number, length: number, lock: boolean) {
    const end = start + pageAlign(length);
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const error =
      start % 4096 !== 0 || length < 0 || start < 0 ? ERRNO.EINVAL : yield* lockAll(k, mm, start, end, lock);
    yield* mmapWriteUnlock(mm);
    return error;
  },
);

/** apply_vma_lock_flags: VMA by VMA; what lies before a gap stays locked. mm/mlock.c */
const lockAll: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "apply_vma_lock_flags",
  function* (k, mm: number, start: number, end: number, lock: boolean) {
    let at = start;
    let error = 0;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null && error === 0; vma = yield* vmaNext(mm, at, end)) {
      const view = yield* vmaView(vma);
      if (view.start > at) break;
      const from = at;
      at = Math.min(end, view.end);
      const flags = lock ? view.flags | VM.LOCKED : view.flags & ~VM.LOCKED;
      if (flags === view.flags || (view.flags & VM_SPECIAL) !== 0) continue;
      const changed = yield* vmaModifyFlags(k, mm, vma, view, from, at, flags);
      if (typeof changed === "number") error = changed;
    }
    return error === 0 && at < end ? ERRNO.ENOMEM : error;
  },
);
