import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { type AnyStep, type Step, step, type Steps } from "../events/step.ts";
import { driverRefuses, tryClearMayexec, tryClearMayread, tryClearMaywrite } from "../events/vm-flags-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { component, type Kind } from "../store/component.ts";

/** struct ashmem_area: the size asked for, the accesses that mappings may have, and the size of its shmem file. */
export const ashmemArea: Kind<AshmemArea> = component<AshmemArea>("ashmem:#", {
  size: 0,
  prot: VM.READ | VM.WRITE | VM.EXEC,
  fileSize: null,
});
export type AshmemArea = {
  /** Bytes. */
  readonly size: number;
  /** VM_READ, VM_WRITE, VM_EXEC. */
  readonly prot: number;
  /** Bytes; null until the first mapping sets the file up. */
  readonly fileSize: number | null;
};

/** One mutex for all areas. Inside mmap_lock: the mmap hook takes it. */
export const ASHMEM_MUTEX = "ashmem_mutex";

const ashmemGet: Step<[number], AshmemArea> = step("ashmem_area", (tx, area) => tx.read(ashmemArea.of(area)));

const ashmemStoreSize: Step<[number, number], null> = step("ashmem_store_size", (tx, area, size) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, size }));
});

const ashmemStoreProt: Step<[number, number], null> = step("ashmem_store_prot", (tx, area, prot) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, prot }));
});

/** shmem_file_setup of the size that the area has now; nothing when there is a file. */
const ashmemFileSetup: Step<[number], null> = step("shmem_file_setup", (tx, area) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, fileSize: was.fileSize ?? was.size }));
});

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

export const ashmemSteps: readonly AnyStep[] = [ashmemGet, ashmemStoreSize, ashmemStoreProt, ashmemFileSetup];
