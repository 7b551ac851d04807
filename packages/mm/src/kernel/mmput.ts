import { mmFlagsSet } from "../events/mm-flag-steps.ts";
import { exitMm, exitMmapBegin, mmputFinish, mmputTestzero, processOneWork } from "../events/mm-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { tlbFinishMmu, tlbFlushMmuTlbonly } from "../events/tlb-steps.ts";
import { vmaArea, vmaFind, vmaIterClear } from "../events/vma-steps.ts";
import { TASK_SIZE } from "../objects/address.ts";
import type { Context } from "./context.ts";
import { freePgtables } from "./free-pgtables.ts";
import { mmapReadLock, mmapWriteLock } from "./mmap-lock.ts";
import { removeVma } from "./munmap.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { vmaMarkDetached, vmaStartWrite } from "./vma-lock.ts";
import { unmapPageRange } from "./zap.ts";

/** mmput: drops a reference on the address space; the last one tears it down, here and now. kernel/fork.c */
export const mmput: Procedure<Context, [number], null> = procedure("mmput", function* (k, mm: number) {
  if (yield* mmputTestzero(mm)) yield* exitMmap(k, mm);
  return null;
});

/** The process exits and lets go of its address space. kernel/exit.c, exit_mm() */
export const exitProcess: Procedure<Context, [number], null> = procedure("exit_mm", function* (k, mm: number) {
  if (yield* exitMm(mm)) yield* exitMmap(k, mm);
  return null;
});

/** __mmput: unmaps everything under the read lock, frees page tables and VMAs under the write lock. mm/mmap.c */
export const exitMmap: Procedure<Context, [number], null> = procedure("exit_mmap", function* (k, mm: number) {
  yield* exitMmapBegin(mm);
  yield* mmapReadLock(k, mm);
  const found = yield* vmaFind(mm, 0, TASK_SIZE);
  for (const vma of found) {
    const { start, end } = yield* vmaArea(vma);
    const special = yield* unmapPageRange(k, mm, start, end);
    if (special && k.knobs.gatherPfnFlush !== "finish") yield* tlbFlushMmuTlbonly();
  }
  yield* mmapReadUnlock(mm);
  yield* mmFlagsSet(mm, "oom_skip");
  yield* mmapWriteLock(k, mm);
  for (const vma of found) {
    yield* vmaStartWrite(k, vma);
    yield* vmaMarkDetached(k, vma); // a reader of another mm may be there for a moment, in recycled memory
  }
  const vmas = yield* vmaIterClear(mm, 0, TASK_SIZE);
  yield* freePgtables(k, mm, 0, TASK_SIZE, vmas);
  yield* tlbFinishMmu(mm);
  for (const vma of vmas) yield* removeVma(k, vma);
  yield* mmapWriteUnlock(mm);
  yield* mmputFinish(mm);
  return null;
});

/** A kworker: tears down one address space after another, for ever. Run it as a daemon. */
export const kworker: Procedure<Context, [], null> = procedure("worker_thread", function* (k) {
  return yield* loop(null, function* () {
    const mm = yield* processOneWork();
    yield* exitMmap(k, mm);
    return mm < 0 ? done() : again(null);
  });
});
