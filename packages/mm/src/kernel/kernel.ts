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
import { markedAccess, plainAccessBegin, plainAccessEnd, vmaFieldWrite } from "../events/access-steps.ts";
import {
  driverRefuses,
  setAnonymous,
  setDontcopy,
  setDontdump,
  setDontexpand,
  setIo,
  setMixedmap,
  setPfnmap,
  tryClearMayexec,
  tryClearMayread,
  tryClearMaywrite,
  vmFlagsInit,
  vmFlagsModUnlocked,
  vmFlagsReset,
  vmFlagsResetOnce,
  vmaSetMaybeGuard,
} from "../events/vm-flags-steps.ts";
import { pfnDeviceProbe, pfnDeviceRemove } from "../drivers/pfn-device.ts";
import { vmOps } from "../drivers/vm-ops.ts";
import { readVmFlags, vmaDriver } from "../events/driver-steps.ts";
import { mutexLock, mutexTrylock, mutexUnlock, spinLock, spinTrylock, spinUnlock } from "../events/lock-steps.ts";
import { listLruAdd, listLruDel, listLruIsolate, listLruPeek } from "../events/lru-steps.ts";
import {
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteDowngrade,
  mmapWriteTrylock,
  mmapWriteUnlock,
} from "../events/mmap-lock-steps.ts";
import { retFromFork, wakeUpNewTask } from "../events/fork-steps.ts";
import { mmFlagsClear, mmFlagsSet, mmFlagsTest } from "../events/mm-flag-steps.ts";
import { heapUse, kfree, kmalloc } from "../events/heap-steps.ts";
import { rcuReadLock, rcuReadUnlock } from "../events/rcu-steps.ts";
import { mmdrop, mmget, mmgetNotZero, mmgrab, mmputAsync } from "../events/mm-steps.ts";
import { allocPage, dmaAllocCoherent, dmaFreeCoherent, getPage, putPage, setPageType } from "../events/page-steps.ts";
import { pteAlloc, ptepGet, pteOffsetMapLock, pteUnmapUnlock, setPteAt, zapPteRange } from "../events/pte-steps.ts";
import { downgradeWrite, downReadTrylock, downWriteTrylock, upRead, upWrite } from "../events/rwsem-steps.ts";
import { anonVmaPrepare, readAnonVma } from "../events/anon-vma-steps.ts";
import { doDentryOpen, filemapAddFolio, filemapGetFolio, filemapRemoveFolio } from "../events/file-steps.ts";
import { vmaIntervalTreeForeach } from "../events/i-mmap-steps.ts";
import { pmdSame, pteLockFound, pteOffsetMap, pteUnmapUnlockFound } from "../events/table-walk-steps.ts";
import { flushTlbMm, flushTlbRange, tlbFinishMmu, tlbFlushMmuTlbonly, userAccess } from "../events/tlb-steps.ts";
import { vmaLookup, vmFlagsMod } from "../events/vma-steps.ts";
import {
  access,
  cmpxchg,
  fetchAdd,
  readOnce,
  refcountDec,
  refcountDecAndTest,
  refcountIncNotZero,
  waitEvent,
  writeOnce,
} from "../events/word-steps.ts";
import { handleUserfault, readUffdCtx } from "../events/uffd-steps.ts";
import {
  complete,
  completeAll,
  fatalSignalPending,
  finishWait,
  prepareToWait,
  schedule,
  scheduleKillable,
  sendSigKill,
  tryWaitForCompletion,
  waitForCompletion,
  wakeUp,
  wakeUpAll,
} from "../events/wait-steps.ts";
import { localIrqDisable, localIrqEnable, smpCallFunction } from "../events/irq-steps.ts";
import { enterFromUserMode, flushWork, queueWork, takeWork, workDone } from "../events/work-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Value } from "../store/value.ts";
import type { Context } from "./context.ts";
import { pageFault } from "./fault.ts";
import { dupMmap, fork } from "./fork.ts";
import { doSwapPage, swapOut } from "./swap.ts";
import { uffdioCopy, uffdioMove, userfaultfdRegister, userfaultfdUnregister } from "./userfaultfd.ts";
import { doWpPage } from "./wp-page.ts";
import { madviseDontneed, madviseFlags } from "./madvise.ts";
import { madviseGuard } from "./madvise-guard.ts";
import { mlock } from "./mlock.ts";
import { mprotect } from "./mprotect.ts";
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
import { masReset, masWalk, vmaNext } from "../events/tree-steps.ts";
import { vmaLockSeqRelaxed, vmaMmUnderRcu, vmaStartReadLocked } from "../events/vma-read-steps.ts";
import { vmaMarkAttached } from "../events/vma-write-steps.ts";
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

/** Atomic steps, as a thread calls them: `yield* k.mmapReadUnlock(mm)`. */
const steps = {
  access,
  allocPage,
  cmpxchg,
  dmaAllocCoherent,
  dmaFreeCoherent,
  downgradeWrite,
  downReadTrylock,
  downWriteTrylock,
  fetchAdd,
  anonVmaPrepare,
  doDentryOpen,
  filemapAddFolio,
  filemapGetFolio,
  filemapRemoveFolio,
  pmdSame,
  pteLockFound,
  pteOffsetMap,
  pteUnmapUnlockFound,
  readAnonVma,
  vmaIntervalTreeForeach,
  flushTlbMm,
  flushTlbRange,
  getPage,
  heapUse,
  kfree,
  kmalloc,
  listLruAdd,
  listLruDel,
  listLruIsolate,
  listLruPeek,
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteDowngrade,
  mmapWriteTrylock,
  mmapWriteUnlock,
  mmFlagsClear,
  mmFlagsSet,
  mmFlagsTest,
  mmdrop,
  mmget,
  mmgetNotZero,
  mmgrab,
  mmputAsync,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  pteAlloc,
  ptepGet,
  pteOffsetMapLock,
  pteUnmapUnlock,
  putPage,
  retFromFork,
  wakeUpNewTask,
  enterFromUserMode,
  flushWork,
  queueWork,
  takeWork,
  workDone,
  localIrqDisable,
  localIrqEnable,
  smpCallFunction,
  complete,
  completeAll,
  fatalSignalPending,
  finishWait,
  prepareToWait,
  schedule,
  scheduleKillable,
  sendSigKill,
  tryWaitForCompletion,
  waitForCompletion,
  wakeUp,
  wakeUpAll,
  handleUserfault,
  readUffdCtx,
  rcuReadLock,
  rcuReadUnlock,
  readOnce,
  readVmFlags,
  refcountDec,
  refcountDecAndTest,
  refcountIncNotZero,
  setPageType,
  setPteAt,
  spinLock,
  spinTrylock,
  spinUnlock,
  tlbFinishMmu,
  tlbFlushMmuTlbonly,
  upRead,
  upWrite,
  userAccess,
  vmaDriver,
  masReset,
  masWalk,
  vmaLookup,
  vmaLockSeqRelaxed,
  vmaMarkAttached,
  vmaMmUnderRcu,
  vmaNext,
  vmaStartReadLocked,
  pfnDeviceProbe,
  vmFlagsMod,
  markedAccess,
  plainAccessBegin,
  plainAccessEnd,
  vmaFieldWrite,
  driverRefuses,
  setAnonymous,
  setDontcopy,
  setDontdump,
  setDontexpand,
  setIo,
  setMixedmap,
  setPfnmap,
  tryClearMayexec,
  tryClearMayread,
  tryClearMaywrite,
  vmFlagsInit,
  vmFlagsModUnlocked,
  vmFlagsReset,
  vmFlagsResetOnce,
  vmaSetMaybeGuard,
  waitEvent,
  writeOnce,
  zapPteRange,
};

/** Procedures: kernel functions of several steps. */
const procedures = {
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
  userfaultfdRegister,
  userfaultfdUnregister,
  dupMmap,
  fork,
  exitProcess,
  exitToUserMode,
  kworker,
  madviseDontneed,
  madviseFlags,
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
  pfnDeviceRemove,
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

type Bound<P> = P extends (k: Context, ...args: infer A) => Steps<infer R> ? (...args: A) => Steps<R> : never;

/** What a thread is given: every step and procedure under its kernel name, for one kernel. */
export type Kernel = Context &
  typeof steps & { readonly [N in keyof typeof procedures]: Bound<(typeof procedures)[N]> } & {
    readonly frame: typeof frame;
    readonly loop: typeof loop;
  };

/** The kernel with these knobs. */
export function createKernel(knobs: Knobs): Kernel {
  const context: Context = { knobs, vmOps };
  const bound = Object.fromEntries(
    Object.entries(procedures).map(([name, run]) => [
      name,
      (...args: Value[]) => (run as (k: Context, ...args: Value[]) => Steps<Value>)(context, ...args),
    ]),
  ) as unknown as { readonly [N in keyof typeof procedures]: Bound<(typeof procedures)[N]> };
  return { ...context, ...steps, ...bound, frame, loop };
}

/** The kernel's spelling of what threads call by its TypeScript name. */
export const kernelNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(steps).map(([name, { op }]) => [name, op] as const),
  ...Object.entries(procedures).map(([name, run]) => [name, run.name] as const),
]);
