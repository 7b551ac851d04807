import { vmaDriver, readVmFlags } from "../events/driver-steps.ts";
import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaArea, vmaLookup, vmFlagsMod } from "../events/vma-steps.ts";
import type { Context, VmFault, VmOps } from "../kernel/context.ts";
import type { FaultResult } from "../kernel/fault-lock.ts";
import { mmapReadLock } from "../kernel/mmap-lock.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { addressOf, allocOf, driverOf } from "./binder-handle.ts";
import { binderGetInstalledPage, rustRegisterWithVma } from "./binder-state.ts";
import { lazyOps, type LazyBinderGeneration } from "./lazy-generation.ts";
import { type LazyHandle, lazyMutex, linearPageIndex } from "./lazy-state.ts";

/** Maps the page that the VMA has at this address: found by its offset in the file, whatever the address. 0 or an errno. */
const mapPage: Procedure<Context, [VmFault, string, boolean], number> = procedure(
  "lazy_map_page",
  function* (k, { mm, vma, address }: VmFault, owner: string, locks: boolean) {
    const alloc = allocOf(owner);
    const index = yield* linearPageIndex(vma, address);
    if (locks) yield* mutexLock(lazyMutex(alloc));
    const page = yield* binderGetInstalledPage(alloc, index);
    let error: number = ERRNO.ESRCH;
    if (page !== null)
      error = yield* vmInsertPage(k, mm, vma, address, page, { ops: lazyName(locks), owner, page: index });
    if (locks) yield* mutexUnlock(lazyMutex(alloc));
    return error;
  },
);

/** vm_ops->fault: SIGBUS where the buffer has no page. */
const lazyFault: Procedure<Context, [VmFault, string, boolean], FaultResult> = procedure(
  "lazy_fault",
  function* (k, at: VmFault, owner: string, locks: boolean) {
    const error = yield* mapPage(k, at, owner, locks);
    return error === 0 || error === ERRNO.EBUSY ? "ok" : "SIGBUS";
  },
);

/**
 * The receiver, about to hand the buffer's address to its user code, maps the page if it is still where it was mapped
 * first: 0 or an errno, after which a fault has to do it.
 */
export const lazyInstallOnReturn: Procedure<Context, [LazyHandle, LazyBinderGeneration, number], number> = procedure(
  "lazy_install_on_return",
  function* (k, binder: LazyHandle, gen: LazyBinderGeneration, index: number) {
    const { mm } = binder;
    const address = addressOf(binder, index);
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    const found = vma === null ? null : yield* vmaDriver(vma);
    const own = driverOf(binder);
    let error: number = ERRNO.ESRCH;
    if (vma !== null && found?.ops === own.ops && found.owner === own.owner) {
      error = yield* mapPage(k, { mm, vma, address, write: false }, `binder${binder.alloc}`, gen.handlerLock);
    }
    yield* mmapReadUnlock(mm);
    return error;
  },
);

const lazyMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "lazy_mmap",
  function* (_k, vma: VmaPtr, owner: string) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* rustRegisterWithVma(allocOf(owner), start);
    return 0;
  },
);

function lazyVmOps(locks: boolean): VmOps {
  return { mmap: lazyMmap, fault: (k, at, owner) => lazyFault(k, at, owner, locks) };
}

function lazyName(locks: boolean): string {
  return lazyOps({ handlerLock: locks } as LazyBinderGeneration);
}

/** The lazy driver, and the same with its lock left out of the fault handler. */
export const lazyDrivers: ReadonlyMap<string, VmOps> = new Map([
  [lazyName(true), lazyVmOps(true)],
  [lazyName(false), lazyVmOps(false)],
]);
