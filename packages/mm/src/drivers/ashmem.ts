import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import type { Step, Steps } from "../events/step.ts";
import { driverRefuses, tryClearMayexec, tryClearMayread, tryClearMaywrite } from "../events/vm-flags-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { ASHMEM_MUTEX, ashmemFileSetup, ashmemGet, ashmemStoreProt, ashmemStoreSize } from "./ashmem-state.ts";

/**
 * ioctl(ASHMEM_SET_SIZE): 0, or -EINVAL once the area has its file. `locked`: under the mutex (443064cb0b1f).
 * drivers/staging/android/ashmem.c, ashmem_ioctl()
 */
export const ashmemSetSize: Procedure<Context, [number, number, boolean], number> = procedure(
  "ashmem_set_size",
  function* (_k, area: number, size: number, locked: boolean) {
    if (locked) yield* mutexLock(ASHMEM_MUTEX);
    const error = (yield* ashmemGet(area)).fileSize === null ? 0 : ERRNO.EINVAL;
    if (error === 0) yield* ashmemStoreSize(area, size);
    if (locked) yield* mutexUnlock(ASHMEM_MUTEX);
    return error;
  },
);

/** ioctl(ASHMEM_SET_PROT_MASK): accesses can only be taken away. ashmem.c, set_prot_mask() */
export const ashmemSetProtMask: Procedure<Context, [number, number], number> = procedure(
  "ashmem_set_prot_mask",
  function* (_k, area: number, prot: number) {
    yield* mutexLock(ASHMEM_MUTEX);
    const error = ((yield* ashmemGet(area)).prot & prot) === prot ? 0 : ERRNO.EINVAL;
    if (error === 0) yield* ashmemStoreProt(area, prot);
    yield* mutexUnlock(ASHMEM_MUTEX);
    return error;
  },
);

const CLEARS: readonly (readonly [number, Step<[VmaPtr], number>])[] = [
  [VM.READ, tryClearMayread],
  [VM.WRITE, tryClearMaywrite],
  [VM.EXEC, tryClearMayexec],
];

/** ashmem_mmap: what the mask does not have is refused, and out of reach for this mapping for ever. */
const ashmemMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "ashmem_mmap",
  function* (_k, vma: VmaPtr, owner: string) {
    const area = Number(owner.replace(/\D/g, ""));
    yield* mutexLock(ASHMEM_MUTEX);
    const error = yield* mmapLocked(area, vma);
    yield* mutexUnlock(ASHMEM_MUTEX);
    return error;
  },
);

export const ashmemVmOps: VmOps = { mmap: ashmemMmap };

function* mmapLocked(area: number, vma: VmaPtr): Steps<number> {
  const { size, prot } = yield* ashmemGet(area);
  if (size === 0) return ERRNO.EINVAL;
  const refused = (VM.READ | VM.WRITE | VM.EXEC) & ~prot;
  if (refused !== 0 && (yield* driverRefuses(vma, refused)) !== 0) return ERRNO.EPERM;
  for (const [access, clear] of CLEARS) if ((refused & access) !== 0) yield* clear(vma);
  yield* ashmemFileSetup(area);
  return 0;
}
