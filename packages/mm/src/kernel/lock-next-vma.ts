import { mmapLockSpeculateRetry, mmapLockSpeculateTryBegin, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { rcuReadLock, rcuReadUnlock } from "../events/rcu-steps.ts";
import { vmaNextFrom } from "../events/tree-steps.ts";
import { vmaStartReadLocked } from "../events/vma-read-steps.ts";
import { vmaArea } from "../events/vma-steps.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmaEndRead, vmaStartRead } from "./vma-lock.ts";

/**
 * lock_next_vma: the first VMA that ends behind this address, read-locked, or null at the end. Under RCU where nobody
 * takes mmap_lock for writing meanwhile: a VMA that was put before the one found would be missed; else under mmap_lock.
 * Kernels without a seqcount in the mm, or whose vma_start_read may come back with another mm's VMA, go the slow way.
 * mm/mmap_lock.c
 */
export const lockNextVma: Procedure<Context, [number, number], VmaPtr | null> = procedure(
  "lock_next_vma",
  function* (k, mm: number, address: number) {
    if (k.knobs.mmLockSeq === "seqcount" && k.knobs.startReadChecksMm) {
      const found = yield* speculate(k, mm, address);
      if (found !== "retry") return found;
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaNextFrom(mm, address);
    const locked = vma !== null && (yield* vmaStartReadLocked(vma));
    yield* mmapReadUnlock(mm);
    return locked ? vma : null;
  },
);

const speculate: Procedure<Context, [number, number], VmaPtr | null | "retry"> = procedure(
  "lock_next_vma_under_rcu",
  function* (k, mm: number, address: number) {
    if (!(yield* mmapLockSpeculateTryBegin(mm))) return "retry";
    yield* rcuReadLock();
    const vma = yield* vmaNextFrom(mm, address);
    const got = vma === null ? "none" : yield* vmaStartRead(k, mm, vma);
    if (got === "locked" || got === "none" || !k.knobs.startReadDropsRcu) yield* rcuReadUnlock();
    const missed = yield* mmapLockSpeculateRetry(mm);
    if (got === "none" && !missed) return null;
    if (vma === null || got !== "locked") return "retry";
    if (!missed && (yield* vmaArea(vma)).end > address) return vma;
    yield* vmaEndRead(k, vma);
    return "retry";
  },
);
