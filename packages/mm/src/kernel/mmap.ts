import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaIterStore, vmaSetOps, vmaStartWrite, vmAreaAlloc, vmAreaFree } from "../events/vma-steps.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context } from "./context.ts";
import { mmapWriteLock } from "./mmap-lock.ts";
import { detach, unmapDetached } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** What to map. */
export type Mapping = {
  /** Bytes. */
  readonly start: number;
  readonly length: number;
  /** VM_READ, VM_WRITE, VM_EXEC of the protection; VM_SHARED, VM_GROWSDOWN. The VM_MAY* flags follow. */
  readonly flags: number;
  /** Name of the driver whose file is mapped; empty for anonymous memory. */
  readonly ops: string;
  /** What the driver's mmap hook puts into vm_private_data. */
  readonly owner: string;
};

/**
 * mmap(2) at a fixed place, replacing what is there: the address, or an errno. mm/vma.c, __mmap_region()
 */
export const mmap: Procedure<Context, [number, Mapping], number> = procedure(
  "mmap",
  function* (k, mm: number, { start, length, flags, ops, owner }: Mapping) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length <= 0 || start < 0) return ERRNO.EINVAL;
    if (end > TASK_SIZE) return ERRNO.ENOMEM;
    yield* mmapWriteLock(k, mm);
    const old = yield* detach(k, mm, start, end);
    yield* unmapDetached(k, mm, start, end, old);
    const vma = yield* vmAreaAlloc(mm, start, end, flags | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC, 0);
    const driver = k.vmOps.get(ops);
    if (ops !== "") yield* vmaSetOps(vma, ops, owner);
    const error = driver?.mmap === undefined ? 0 : yield* driver.mmap(k, vma, owner);
    if (error === 0) {
      if (k.knobs.vmaLock !== "none") yield* vmaStartWrite(vma);
      yield* vmaIterStore(vma);
    } else {
      yield* vmAreaFree(vma);
    }
    yield* mmapWriteUnlock(mm);
    return error === 0 ? start : error;
  },
);
