import { killIoctx } from "../drivers/aio-ring.ts";
import { ashmemIoctl, ashmemShrinkScan } from "../drivers/ashmem-ioctl.ts";
import { ashmemSetProtMask, ashmemSetSize } from "../drivers/ashmem.ts";
import { binderAllocFreePage, binderShrinkScan } from "../drivers/binder-free-page.ts";
import { binderFreeBuf, binderInstall } from "../drivers/binder-install.ts";
import { lazyInstallOnReturn } from "../drivers/lazy-fault.ts";
import { lazyFreePage, lazyReclaimOne, lazyShrinkScan, lazyWorker } from "../drivers/lazy-reclaim.ts";
import { lazyStopUsingRange, lazyUseRange } from "../drivers/lazy-send.ts";
import { rustDropRange } from "../drivers/rust-drop.ts";
import { rustFreePage, rustShrinkScan } from "../drivers/rust-shrink.ts";
import { rustStopUsingRange, rustUsePageSlow, rustUseRange } from "../drivers/rust-use-page.ts";
import { pfnDeviceRemove } from "../drivers/pfn-device.ts";
import { vmOps } from "../drivers/vm-ops.ts";
import type { Steps } from "../events/step.ts";
import type { Value } from "../store/value.ts";
import type { Context } from "./context.ts";
import { doCoredump } from "./coredump.ts";
import { pageFault } from "./fault.ts";
import { dupMmap, fork } from "./fork.ts";
import { doSwapPage, swapOut } from "./swap.ts";
import { uffdioCopy, uffdioMove, userfaultfdRegister, userfaultfdUnregister } from "./userfaultfd.ts";
import { uffdioWriteprotect } from "./uffd-wp.ts";
import { getMempolicy, mbind, vmaAllocFolio } from "./mempolicy.ts";
import { doWpPage } from "./wp-page.ts";
import { madviseDontneed, madviseDontneedLocked, madviseFlags } from "./madvise.ts";
import { madvisePages } from "./madvise-pages.ts";
import { madvisePopulate } from "./madvise-populate.ts";
import { processMadvise } from "./process-madvise.ts";
import { punchHole } from "./punch-hole.ts";
import { madviseFree, reclaimLazyfree } from "./lazyfree.ts";
import { madviseGuard } from "./madvise-guard.ts";
import { mlock } from "./mlock.ts";
import { mprotect } from "./mprotect.ts";
import { mseal } from "./mseal.ts";
import { mremap } from "./mremap.ts";
import { filpClose, fput } from "./file.ts";
import { retractPageTables } from "./khugepaged.ts";
import { folioReferenced, migratePages } from "./migrate.ts";
import { mmap } from "./mmap.ts";
import { remapPfnRange, vmfInsertPfn } from "./pfn-map.ts";
import { unlinkFileVma } from "./free-pgtables.ts";
import { truncateInodeFolio } from "./truncate.ts";
import { unmapMappingPages } from "./unmap-mapping.ts";
import { mmapReadLock, mmapWriteLock } from "./mmap-lock.ts";
import { oomReapTask, oomReapTaskMm, processMrelease } from "./oom-reaper.ts";
import { exitProcess, kworker, mmput } from "./mmput.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaMarkDetached, vmaStartRead, vmaStartWrite } from "./vma-lock.ts";
import { lockNextVma } from "./lock-next-vma.ts";
import { procPidMaps } from "./proc-maps.ts";
import { mutexUnlockSlow } from "./mutex-unlock.ts";
import { synchronizeRcu } from "./rcu.ts";
import { munmap } from "./munmap.ts";
import { frame, loop } from "./procedure.ts";
import { exitToUserMode } from "./task-work.ts";
import type { Knobs } from "./profile.ts";
import { downRead, downWrite } from "./rwsem-lock.ts";
import { vmFlagsClear, vmFlagsSet } from "./vm-flags.ts";
import { vmInsertPage } from "./vm-insert-page.ts";
import { zapPageRangeChecked } from "./zap-checked.ts";
import { zapPageRangeSingle } from "./zap.ts";
import { sysFtruncate } from "../syscalls/sys-ftruncate.ts";
import { sysMadvise } from "../syscalls/sys-madvise.ts";
import { sysMlock } from "../syscalls/sys-mlock.ts";
import { sysMmap } from "../syscalls/sys-mmap.ts";
import { sysMprotect } from "../syscalls/sys-mprotect.ts";
import { sysMremap } from "../syscalls/sys-mremap.ts";
import { sysMunmap } from "../syscalls/sys-munmap.ts";
import { userTouch } from "../syscalls/user-touch.ts";
import { steps } from "./kernel-steps.ts";

/** Procedures: kernel functions of several steps. */
const procedures = {
  getMempolicy,
  mbind,
  vmaAllocFolio,
  ashmemIoctl,
  ashmemShrinkScan,
  ashmemSetProtMask,
  ashmemSetSize,
  binderAllocFreePage,
  binderFreeBuf,
  binderInstall,
  binderShrinkScan,
  downRead,
  downWrite,
  doSwapPage,
  doWpPage,
  swapOut,
  uffdioCopy,
  uffdioMove,
  uffdioWriteprotect,
  userfaultfdRegister,
  userfaultfdUnregister,
  doCoredump,
  dupMmap,
  fork,
  exitProcess,
  exitToUserMode,
  kworker,
  madviseDontneed,
  madviseDontneedLocked,
  madvisePages,
  madvisePopulate,
  processMadvise,
  punchHole,
  madviseFlags,
  madviseFree,
  reclaimLazyfree,
  madviseGuard,
  mlock,
  lazyFreePage,
  lazyInstallOnReturn,
  lazyReclaimOne,
  lazyShrinkScan,
  lazyStopUsingRange,
  lazyUseRange,
  lazyWorker,
  mmap,
  mprotect,
  mseal,
  pfnDeviceRemove,
  killIoctx,
  mremap,
  mmapReadLock,
  mmapWriteLock,
  mmput,
  filpClose,
  folioReferenced,
  migratePages,
  remapPfnRange,
  retractPageTables,
  vmfInsertPfn,
  fput,
  munmap,
  truncateInodeFolio,
  unlinkFileVma,
  unmapMappingPages,
  lockVmaUnderRcu,
  vmaEndRead,
  vmaMarkDetached,
  vmaStartRead,
  vmaStartWrite,
  mutexUnlockSlow,
  lockNextVma,
  procPidMaps,
  synchronizeRcu,
  oomReapTask,
  oomReapTaskMm,
  processMrelease,
  pageFault,
  userTouch,
  rustDropRange,
  rustFreePage,
  rustShrinkScan,
  rustStopUsingRange,
  rustUsePageSlow,
  rustUseRange,
  vmFlagsClear,
  vmFlagsSet,
  vmInsertPage,
  zapPageRangeChecked,
  zapPageRangeSingle,
};

/** System calls: the registers are checked as the kernel checks them. */
const systemCalls = {
  sysFtruncate,
  sysMadvise,
  sysMlock,
  sysMmap,
  sysMprotect,
  sysMremap,
  sysMunmap,
};

type Bound<P> = P extends (k: Context, ...args: infer A) => Steps<infer R> ? (...args: A) => Steps<R> : never;

/** What a thread is given: every step and procedure under its kernel name, for one kernel. */
export type Kernel = Context &
  typeof steps & { readonly [N in keyof typeof procedures]: Bound<(typeof procedures)[N]> } & {
    readonly [N in keyof typeof systemCalls]: Bound<(typeof systemCalls)[N]>;
  } & {
    readonly frame: typeof frame;
    readonly loop: typeof loop;
  };

type Run = (k: Context, ...args: Value[]) => Steps<Value>;

/** The kernel with these knobs. */
export function createKernel(knobs: Knobs): Kernel {
  const context: Context = { knobs, vmOps };
  const bound = Object.fromEntries(
    Object.entries({ ...procedures, ...systemCalls }).map(([name, run]) => [
      name,
      (...args: Value[]) => (run as unknown as Run)(context, ...args),
    ]),
  ) as unknown as Pick<Kernel, keyof typeof procedures | keyof typeof systemCalls>;
  return { ...context, ...steps, ...bound, frame, loop };
}

/** The kernel's spelling of what threads call by its TypeScript name. */
export const kernelNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(steps).map(([name, { op }]) => [name, op] as const),
  ...Object.entries(procedures).map(([name, run]) => [name, run.name] as const),
]);
