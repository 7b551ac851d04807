import { anonVmaPrepare, anonVmaRoot, readAnonVma } from "../events/anon-vma-steps.ts";
import { mmapReadUnlock, mmapWriteDowngrade, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import type { Steps } from "../events/step.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { expandDownwards, findVma, type Found, stackGuardGap } from "../events/stack-steps.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { mmapReadLockKillable, mmapWriteLockKillable } from "./mmap-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";
import { vmaStartWrite } from "./vma-lock.ts";

/**
 * lock_mm_and_find_vma: the VMA for a fault, under mmap_read_lock; a stack grows down to the address first. Null, with
 * nothing held, where there is none; `killed` when a fatal signal came first. Growing under the read lock replaces the node that other readers look at
 * (CVE-2023-3269); since c2508ec5a58d the lock is dropped and taken for writing. mm/mmap_lock.c
 */
export const lockMmAndFindVma: Procedure<Context, [number, number], VmaPtr | null | "killed"> = procedure(
  "lock_mm_and_find_vma",
  function* (k, mm: number, address: number) {
    if (!(yield* mmapReadLockKillable(k, mm))) return "killed";
    const found = yield* findVma(mm, address);
    if (found?.grow === false) return found.vma;
    if (found !== null && k.knobs.stackExpand === "read") {
      if (yield* expandStack(k, found, address)) return found.vma;
    }
    yield* mmapReadUnlock(mm);
    if (found === null || k.knobs.stackExpand === "read") return null;
    return yield* upgradeAndExpand(k, mm, address);
  },
);

/** There is no upgrade from the read lock: whatever was found has to be found again. */
const upgradeAndExpand: Procedure<Context, [number, number], VmaPtr | null | "killed"> = procedure(
  "mmap_write_lock_and_expand",
  function* (k, mm: number, address: number) {
    if (!(yield* mmapWriteLockKillable(k, mm))) return "killed";
    const found = yield* findVma(mm, address);
    if (found === null || (found.grow && !(yield* expandStack(k, found, address)))) {
      yield* mmapWriteUnlock(mm);
      return null;
    }
    yield* mmapWriteDowngrade(mm);
    return found.vma;
  },
);

/** anon_vma_prepare of a stack that has none, so that there is a lock to grow under: its root; null where it may not grow. */
function* prepareRoot(vma: VmaPtr, address: number): Steps<number | null> {
  if (!(yield* stackGuardGap(vma, address))) return null;
  yield* anonVmaPrepare(vma);
  const own = yield* readAnonVma(vma);
  return own === null ? null : yield* anonVmaRoot(own);
}

/** expand_stack: whether the VMA now reaches down to the address. mm/vma.c, expand_downwards() */
const expandStack: Procedure<Context, [Found, number], boolean> = procedure(
  "expand_stack",
  function* (k, { vma, root: known }: Found, address: number) {
    const root = known ?? (yield* prepareRoot(vma, address));
    if (k.knobs.stackVw) yield* vmaStartWrite(k, vma);
    if (root !== null) yield* downWrite(k, anonVmaLock(root));
    const grown = yield* expandDownwards(vma, address, k.knobs.vmaTree);
    if (root !== null) yield* upWrite(anonVmaLock(root));
    return grown;
  },
);
