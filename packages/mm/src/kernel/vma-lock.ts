import { known } from "../events/direct.ts";
import { mmdrop, mmgrab } from "../events/mm-steps.ts";
import { rcuReadLock, rcuReadUnlock } from "../events/rcu-steps.ts";
import { masWalk } from "../events/tree-steps.ts";
import {
  lockVmaAnonCheck,
  lockVmaRecheck,
  rcuwaitWakeUp,
  vmaEndReadPut,
  vmaLockSeqAcquire,
  vmaLockSeqRelaxed,
  vmaOtherMm,
  vmaRefcountInc,
  vmaRefcountPut,
} from "../events/vma-read-steps.ts";
import {
  vmaEnterLocked,
  vmaExcludeReaders,
  vmaExitLocked,
  vmaLockSeqStore,
  vmaMarkDetachedBegin,
  vmaWaitReaders,
  vmaWaitReadersKillable,
} from "../events/vma-write-steps.ts";
import { schedule, scheduleKillable } from "../events/wait-steps.ts";
import type { Steps } from "../events/step.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { vmaWriterWait } from "../objects/vma-lock.ts";
import type { Context } from "./context.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

/**
 * vma_start_read, inside an RCU section: whether the read lock is held; `again` when the VMA is detached and the walk
 * must be repeated. A failure leaves the RCU section where the kernel does. mm/mmap_lock.c
 */
export const vmaStartRead: Procedure<Context, [number, VmaPtr], "locked" | "busy" | "again"> = procedure(
  "vma_start_read",
  function* (k, mm: number, vma: VmaPtr) {
    const result = yield* tryRead(k, mm, vma);
    if (result !== "locked" && k.knobs.startReadDropsRcu) yield* rcuReadUnlock();
    return result;
  },
);

function* tryRead(k: Context, mm: number, vma: VmaPtr): ReturnType<typeof vmaStartRead> {
  if (yield* vmaLockSeqRelaxed(mm, vma)) return "busy";
  const got = yield* vmaRefcountInc(vma);
  if (got !== "ok") return got === "zero" ? "again" : "busy";
  if (k.knobs.startReadChecksMm) {
    const other = yield* vmaOtherMm(mm, vma);
    if (other !== null) {
      yield* mmgrab(other);
      yield* putAndWake(k, vma);
      yield* mmdrop(other);
      return "busy";
    }
  }
  if (yield* vmaLockSeqAcquire(mm, vma)) return "locked";
  yield* putAndWake(k, vma);
  return "busy";
}

/** vma_refcount_put: the last reader wakes the writer. */
const putAndWake: Procedure<Context, [VmaPtr], null> = procedure("vma_refcount_put", function* (_k, vma: VmaPtr) {
  const mm = yield* vmaRefcountPut(vma);
  if (mm !== null) yield* rcuwaitWakeUp(mm);
  return null;
});

/** vma_end_read: lets go of the read lock; the last reader wakes the writer that waits. include/linux/mmap_lock.h */
export const vmaEndRead: Procedure<Context, [VmaPtr], null> = procedure("vma_end_read", function* (_k, vma: VmaPtr) {
  const mm = yield* vmaEndReadPut(vma);
  if (mm !== null) yield* rcuwaitWakeUp(mm);
  return null;
});

/**
 * lock_vma_under_rcu: the VMA at this address with its read lock held, or null for "could not": the caller falls back
 * to mmap_lock. Without per-VMA locks it is a stub. mm/mmap_lock.c
 */
export const lockVmaUnderRcu: Procedure<Context, [number, number], VmaPtr | null> = procedure(
  "lock_vma_under_rcu",
  function* (k, mm: number, address: number) {
    if (k.knobs.vmaLock === "none") return null;
    return yield* loop<boolean, VmaPtr | null>(false, function* (retry) {
      if (!retry || k.knobs.startReadDropsRcu) yield* rcuReadLock();
      const vma = yield* masWalk(mm, address, k.knobs.retryResetsCursor ? "once" : retry ? "resume" : "start");
      if (vma === null) {
        yield* rcuReadUnlock();
        return done(null);
      }
      if (!(yield* anonChecks(k, vma, "before-lock"))) {
        yield* rcuReadUnlock();
        return done(null);
      }
      const got = yield* vmaStartRead(k, mm, vma);
      if (got === "again") return again(true);
      if (got === "busy") {
        if (!k.knobs.startReadDropsRcu) yield* rcuReadUnlock();
        return done(null);
      }
      const still = yield* recheck(k, mm, vma, address);
      return still === "again" ? again(true) : done(still);
    });
  },
);

/** While faults of some kinds only ran under the VMA lock, lock_vma_under_rcu refused the others: whether it may go on. */
function anonChecks(k: Context, vma: VmaPtr, when: "before-lock" | "after-lock"): Steps<boolean> {
  const kind = when === "before-lock" && k.knobs.faultUnderVma === "anonymous";
  const own = k.knobs.anonVmaCheck === when;
  return kind || own ? lockVmaAnonCheck(vma, kind, own) : known(true);
}

/** The locked VMA, when it is still the right one; with the rwsem a detached one sends the walk back to its start. */
const recheck: Procedure<Context, [number, VmaPtr, number], VmaPtr | null | "again"> = procedure(
  "lock_vma_under_rcu_checks",
  function* (k, mm: number, vma: VmaPtr, address: number) {
    const early = k.knobs.vmaLock === "refcnt";
    if (early) yield* rcuReadUnlock();
    const usable = yield* anonChecks(k, vma, "after-lock");
    const found = usable ? yield* lockVmaRecheck(mm, vma, address) : "elsewhere";
    if (typeof found === "string") yield* found === "other-mm" ? putAndWake(k, vma) : vmaEndRead(k, vma);
    if (found === "detached" && !early) return "again";
    if (!early) yield* rcuReadUnlock();
    return typeof found === "string" ? null : found;
  },
);

/**
 * vma_start_write: waits until no reader is inside, and keeps readers out until mmap_lock is let go of. Nothing where
 * there are no per-VMA locks. mm/mmap_lock.c, __vma_start_write()
 */
export const vmaStartWrite: Procedure<Context, [VmaPtr], null> = procedure(
  "vma_start_write",
  function* (k, vma: VmaPtr) {
    if (k.knobs.vmaLock === "none") return null;
    const entered = yield* vmaEnterLocked(vma);
    if (entered === "locked") return null;
    if (entered === "wait") yield* waitForReaders(vma);
    yield* vmaLockSeqStore(vma);
    if (entered === "wait") yield* vmaExitLocked(vma);
    return null;
  },
);

/** rcuwait_wait_event: looks for readers, and sleeps until the last of them wakes it, to look again. */
function* waitForReaders(vma: VmaPtr): Steps<null> {
  return yield* loop(null, function* () {
    const mm = yield* vmaWaitReaders(vma);
    if (mm === null) return done(null);
    yield* schedule(vmaWriterWait(mm));
    return again(null);
  });
}

/** The same, where a fatal signal ends the sleep as well: whether the readers have left. */
function* waitForReadersOrDie(vma: VmaPtr): Steps<boolean> {
  return yield* loop<null, boolean>(null, function* () {
    const mm = yield* vmaWaitReadersKillable(vma);
    if (typeof mm !== "number") return done(mm === null);
    yield* scheduleKillable(vmaWriterWait(mm));
    return again(null);
  });
}

/** vma_start_write_killable: whether the VMA is write-locked; false (-EINTR) when a fatal signal ended the wait. */
export function* vmaStartWriteKillable(k: Context, vma: VmaPtr): Steps<boolean> {
  if (k.knobs.injectFailures.includes("fatal-signal")) return yield* startWriteOrDie(k, vma);
  yield* vmaStartWrite(k, vma);
  return true;
}

const startWriteOrDie: Procedure<Context, [VmaPtr], boolean> = procedure(
  "vma_start_write_killable",
  function* (k, vma: VmaPtr) {
    if (k.knobs.vmaLock === "none") return true;
    const entered = yield* vmaEnterLocked(vma);
    if (entered === "locked") return true;
    if (entered === "wait" && !(yield* waitForReadersOrDie(vma))) return false;
    yield* vmaLockSeqStore(vma);
    if (entered === "wait") yield* vmaExitLocked(vma);
    return true;
  },
);

/**
 * vma_mark_detached: the VMA can be locked by nobody any more; waits for readers that had only just tried.
 * include/linux/mmap_lock.h; a flag up to 6.14
 */
export const vmaMarkDetached: Procedure<Context, [VmaPtr], null> = procedure(
  "vma_mark_detached",
  function* (k, vma: VmaPtr) {
    if (k.knobs.vmaLock === "none" || !(yield* vmaMarkDetachedBegin(vma))) return null;
    if (!(yield* vmaExcludeReaders(vma))) return null;
    yield* waitForReaders(vma);
    yield* vmaExitLocked(vma);
    return null;
  },
);

/**
 * Procedures that are one lock as a whole, and what they return: their steps hold it between them, and whatever ends
 * mmap_write_lock lets go of it. For whoever leaves locks out.
 */
export const wholeLocks: ReadonlyMap<string, { readonly lock: string; readonly result: null }> = new Map([
  [vmaStartWrite.name, { lock: "vma_lock write", result: null }],
]);
