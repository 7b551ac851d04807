import { readAnonVma } from "../events/anon-vma-steps.ts";
import { type Discard, keepsData, madviseDontneedValid } from "../events/madvise-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { isAnonymous, vmaView } from "../events/mprotect-steps.ts";
import type { Steps } from "../events/step.ts";
import { VM_UFFD } from "../events/uffd-rules.ts";
import { VM_SPECIAL } from "../events/vma-merge-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";
import { pageAlign } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { stillValid } from "./coredump.ts";
import { mmapReadLock, mmapWriteLockKillable } from "./mmap-lock.ts";
import { vmaModifyFlags, vmaNext } from "./mprotect.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { userfaultfdRemove } from "./userfaultfd-events.ts";
import { zapPageRangeReclaim } from "./zap.ts";

/** Advice that changes flags of VMAs, under the write lock. */
export type FlagAdvice =
  | "NORMAL"
  | "RANDOM"
  | "SEQUENTIAL"
  | "HUGEPAGE"
  | "NOHUGEPAGE"
  | "DONTFORK"
  | "DOFORK"
  | "DONTDUMP"
  | "DODUMP"
  | "WIPEONFORK"
  | "KEEPONFORK";

/**
 * madvise(MADV_DONTNEED): the pages of the range are thrown away, VMA by VMA; -EINVAL where a VMA is of page frames or
 * locked, which ends it; -ENOMEM for a gap, after the rest was done. mm/madvise.c, madvise_dontneed_free()
 */
export const madviseDontneed: Procedure<Context, [number, number, number], number> = procedure(
  "madvise_dontneed",
  function* (k, mm: number, start: number, length: number) {
    return yield* underReadLock(k, mm, start, length, (vma, end) => dontneedVma(k, mm, vma, start, end, false));
  },
);

/** madvise(MADV_DONTNEED_LOCKED): the same, also where memory is locked; -EINVAL in a kernel that does not know it. */
export const madviseDontneedLocked: Procedure<Context, [number, number, number], number> = procedure(
  "madvise_dontneed_locked",
  function* (k, mm: number, start: number, length: number) {
    if (k.knobs.madviseUpTo !== "COLLAPSE") return ERRNO.EINVAL;
    return yield* underReadLock(k, mm, start, length, (vma, end) => dontneedVma(k, mm, vma, start, end, true));
  },
);

/**
 * Advice for which the lock of the VMA is enough where all of the range lies in it, else mmap_read_lock. `visit` is given
 * each VMA and the end of the range. mm/madvise.c, get_lock_mode(), madvise_do_behavior()
 */
export function* underReadLock(
  k: Context,
  mm: number,
  start: number,
  length: number,
  visit: (vma: VmaPtr, end: number) => Steps<number>,
): Steps<number> {
  const end = start + pageAlign(length);
  if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
  if (k.knobs.dontneedLock === "vma" && k.knobs.vmaLock !== "none") {
    const vma = yield* tryVmaReadLock(k, mm, start, end, false);
    if (vma !== null) {
      const error = yield* visit(vma, end);
      yield* vmaEndRead(k, vma);
      return error;
    }
  }
  yield* mmapReadLock(k, mm);
  const error = yield* madviseWalk(k, mm, start, end, (vma) => visit(vma, end));
  yield* mmapReadUnlock(mm);
  return error;
}

/**
 * try_vma_read_lock: the VMA lock is enough only where the whole range lies in one VMA, no monitor may have to hear of
 * it, and nothing needs an anon_vma (`anon`) that is not there yet. mm/madvise.c, is_vma_lock_sufficient()
 */
export const tryVmaReadLock: Procedure<Context, [number, number, number, boolean], VmaPtr | null> = procedure(
  "try_vma_read_lock",
  function* (k, mm: number, start: number, end: number, anon: boolean) {
    const vma = yield* lockVmaUnderRcu(k, mm, start);
    if (vma === null) return null;
    const view = yield* vmaView(vma);
    const armed = (view.flags & VM_UFFD) !== 0;
    const lacks = anon && isAnonymous(view) && (yield* readAnonVma(vma)) === null;
    if (end <= view.end && !armed && !lacks) return vma;
    yield* vmaEndRead(k, vma);
    return null;
  },
);

/** One VMA of MADV_DONTNEED. */
const dontneedVma: Procedure<Context, [number, VmaPtr, number, number, boolean], number> = procedure(
  "madvise_dontneed_single_vma",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number, locked: boolean) {
    const range = yield* discardable(k, mm, vma, start, end, locked);
    if (range.error !== 0 || range.start >= range.end) return range.error;
    yield* zapPageRangeReclaim(k, mm, range.vma, range.start, range.end - range.start);
    return 0;
  },
);

/**
 * What of the range may be thrown away, once a monitor that wants to know has heard of it. That took mmap_lock away: the
 * VMA is looked up again, and what is left of it may be less. mm/madvise.c, madvise_dontneed_free()
 */
export const discardable: Procedure<
  Context,
  [number, VmaPtr, number, number, boolean],
  Discard & { readonly vma: VmaPtr }
> = procedure(
  "madvise_dontneed_free",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number, locked: boolean) {
    const range = yield* madviseDontneedValid(vma, start, end, locked);
    if (range.error !== 0 || range.start >= range.end) return { vma, ...range };
    if (yield* userfaultfdRemove(k, mm, vma, range.start, range.end)) return { vma, ...range };
    yield* mmapReadLock(k, mm);
    if (!k.knobs.uffdRemoveLookup) return { vma, ...range };
    const again = yield* vmaLookup(mm, range.start);
    if (again === null) return { vma, ...range, error: ERRNO.ENOMEM };
    return { vma: again, ...(yield* madviseDontneedValid(again, range.start, range.end, locked)) };
  },
);

/**
 * madvise_walk_vmas: each VMA of the range; the first error ends it, a gap is remembered as -ENOMEM. Each is looked up
 * when its turn comes, for a visit may have let go of mmap_lock. mm/madvise.c
 */
export function* madviseWalk(
  _k: Context,
  mm: number,
  start: number,
  end: number,
  visit: (vma: VmaPtr) => Steps<number>,
): Steps<number> {
  let at = start;
  let unmapped = 0;
  for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
    const view = yield* vmaView(vma);
    if (view.start > at) unmapped = ERRNO.ENOMEM;
    const error = yield* visit(vma);
    if (error !== 0) return error;
    at = Math.min(end, view.end);
  }
  return at < end ? ERRNO.ENOMEM : unmapped;
}

/**
 * madvise of a kind that changes flags: 0 or an errno. MADV_DOFORK and MADV_DODUMP undo what a driver has set, unless
 * its other flags forbid that (knob doforkBlock). mm/madvise.c, madvise_vma_behavior()
 */
export const madviseFlags: Procedure<Context, [number, number, number, FlagAdvice], number> = procedure(
  "madvise_vma_behavior",
  function* (k, mm: number, start: number, length: number, advice: FlagAdvice) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const valid = yield* stillValid(k, mm, "madvise");
    if (!valid) {
      yield* mmapWriteUnlock(mm);
      return ERRNO.EINTR;
    }
    const error = yield* madviseWalk(k, mm, start, end, (vma) => adviseFlags(k, mm, vma, start, end, advice));
    yield* mmapWriteUnlock(mm);
    return error;
  },
);

const adviseFlags: Procedure<Context, [number, VmaPtr, number, number, FlagAdvice], number> = procedure(
  "madvise_update_vma",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number, advice: FlagAdvice) {
    const view = yield* vmaView(vma);
    if (keepsData(view) && (advice === "DONTFORK" || advice === "WIPEONFORK")) return ERRNO.EPERM;
    const flags = advisedFlags(k, view.flags, !isAnonymous(view), advice);
    if (flags < 0 || flags === view.flags) return Math.min(flags, 0);
    const [from, to] = [Math.max(start, view.start), Math.min(end, view.end)];
    const changed = yield* vmaModifyFlags(k, mm, vma, view, from, to, flags);
    // madvise says -EAGAIN where other calls say -ENOMEM.
    if (changed === ERRNO.ENOMEM) return ERRNO.EAGAIN;
    return typeof changed === "number" ? changed : 0;
  },
);

function advisedFlags(k: Context, flags: number, ofFile: boolean, advice: FlagAdvice): number {
  switch (advice) {
    case "NORMAL":
      return flags & ~(VM.RAND_READ | VM.SEQ_READ);
    case "RANDOM":
      return (flags & ~VM.SEQ_READ) | VM.RAND_READ;
    case "SEQUENTIAL":
      return (flags & ~VM.RAND_READ) | VM.SEQ_READ;
    case "HUGEPAGE":
      return (flags & ~VM.NOHUGEPAGE) | VM.HUGEPAGE;
    case "NOHUGEPAGE":
      return (flags & ~VM.HUGEPAGE) | VM.NOHUGEPAGE;
    case "DONTFORK":
      return flags | VM.DONTCOPY;
    case "DOFORK": {
      const block = k.knobs.doforkBlock === "IO" ? VM.IO : VM_SPECIAL;
      return (flags & block) === 0 ? flags & ~VM.DONTCOPY : ERRNO.EINVAL;
    }
    case "DONTDUMP":
      return flags | VM.DONTDUMP;
    case "DODUMP":
      return (flags & VM_SPECIAL) === 0 ? flags & ~VM.DONTDUMP : ERRNO.EINVAL;
    case "WIPEONFORK":
      return ofFile || (flags & VM.SHARED) !== 0 ? ERRNO.EINVAL : flags | VM.WIPEONFORK;
    case "KEEPONFORK":
      return flags & ~VM.WIPEONFORK;
  }
}
