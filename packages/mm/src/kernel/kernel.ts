import { binderAllocFreePage, binderShrinkScan } from "../drivers/binder-free-page.ts";
import { binderFreeBuf, binderInstall } from "../drivers/binder-install.ts";
import { rustFreePage, rustShrinkScan, rustUsePageSlow } from "../drivers/rust-binder.ts";
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
import { mmdrop, mmget, mmgetNotZero, mmgrab, mmputAsync } from "../events/mm-steps.ts";
import { allocPage, getPage, putPage } from "../events/page-steps.ts";
import { ptepGet, pteOffsetMapLock, pteUnmapUnlock, setPteAt, zapPteRange } from "../events/pte-steps.ts";
import { downgradeWrite, downReadTrylock, downWriteTrylock, upRead, upWrite } from "../events/rwsem-steps.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaLookup, vmaStartWrite, vmFlagsMod } from "../events/vma-steps.ts";
import {
  access,
  atomicAdd,
  atomicRead,
  cmpxchg,
  fetchAdd,
  readOnce,
  refcountDec,
  refcountDecAndTest,
  refcountIncNotZero,
  waitEvent,
  writeOnce,
} from "../events/word-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Value } from "../store/value.ts";
import type { Context } from "./context.ts";
import { pageFault } from "./fault.ts";
import { mmap } from "./mmap.ts";
import { mmapReadLock, mmapWriteLock } from "./mmap-lock.ts";
import { exitProcess, kworker, mmput } from "./mmput.ts";
import { munmap } from "./munmap.ts";
import { frame, loop } from "./procedure.ts";
import type { Knobs } from "./profile.ts";
import { downRead, downWrite } from "./rwsem-lock.ts";
import { vmInsertPage } from "./vm-insert-page.ts";
import { zapPageRangeSingle } from "./zap.ts";

/** Atomic steps, as a thread calls them: `yield* k.mmapReadUnlock(mm)`. */
const steps = {
  access,
  allocPage,
  atomicAdd,
  atomicRead,
  cmpxchg,
  downgradeWrite,
  downReadTrylock,
  downWriteTrylock,
  fetchAdd,
  getPage,
  listLruAdd,
  listLruDel,
  listLruIsolate,
  listLruPeek,
  lockVmaUnderRcu,
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteDowngrade,
  mmapWriteTrylock,
  mmapWriteUnlock,
  mmdrop,
  mmget,
  mmgetNotZero,
  mmgrab,
  mmputAsync,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ptepGet,
  pteOffsetMapLock,
  pteUnmapUnlock,
  putPage,
  readOnce,
  readVmFlags,
  refcountDec,
  refcountDecAndTest,
  refcountIncNotZero,
  setPteAt,
  spinLock,
  spinTrylock,
  spinUnlock,
  upRead,
  upWrite,
  vmaDriver,
  vmaEndRead,
  vmaLookup,
  vmaStartWrite,
  vmFlagsMod,
  waitEvent,
  writeOnce,
  zapPteRange,
};

/** Procedures: kernel functions of several steps. */
const procedures = {
  binderAllocFreePage,
  binderFreeBuf,
  binderInstall,
  binderShrinkScan,
  downRead,
  downWrite,
  exitProcess,
  kworker,
  mmap,
  mmapReadLock,
  mmapWriteLock,
  mmput,
  munmap,
  pageFault,
  rustFreePage,
  rustShrinkScan,
  rustUsePageSlow,
  vmInsertPage,
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
