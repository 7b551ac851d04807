import { madviseDontneedValid } from "../events/madvise-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import type { Steps } from "../events/step.ts";
import { VM_SPECIAL } from "../events/vma-merge-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { stillValid } from "./coredump.ts";
import { mmapReadLock, mmapWriteLockKillable } from "./mmap-lock.ts";
import { vmaModifyFlags, vmaNext } from "./mprotect.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { zapPageRangeReclaim } from "./zap.ts";

/** Advice that changes flags of VMAs, under the write lock. */
export type FlagAdvice = "DONTFORK" | "DOFORK" | "DONTDUMP" | "DODUMP" | "WIPEONFORK" | "KEEPONFORK";

/**
 * madvise(MADV_DONTNEED): the pages of the range are thrown away, VMA by VMA; -EINVAL where a VMA is of page frames or
 * locked, -ENOMEM for a gap, in either case after the rest was done. mm/madvise.c, madvise_dontneed_free()
 */
export const madviseDontneed: Procedure<Context, [number, number, number], number> = procedure(
  "madvise_dontneed",
  function* (k, mm: number, start: number, length: number) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length < 0 || start < 0 || end > TASK_SIZE) return ERRNO.EINVAL;
    if (k.knobs.dontneedLock === "vma" && k.knobs.vmaLock !== "none") {
      const vma = yield* tryVmaReadLock(k, mm, start, end);
      if (vma !== null) {
        const error = yield* dontneedVma(k, mm, vma, start, end);
        yield* vmaEndRead(k, vma);
        return error;
      }
    }
    yield* mmapReadLock(k, mm);
    const error = yield* madviseWalk(k, mm, start, end, (vma) => dontneedVma(k, mm, vma, start, end));
    yield* mmapReadUnlock(mm);
    return error;
  },
);

/** try_vma_read_lock: the VMA lock is enough only where the whole range lies in one VMA. mm/madvise.c */
export const tryVmaReadLock: Procedure<Context, [number, number, number], VmaPtr | null> = procedure(
  "try_vma_read_lock",
  function* (k, mm: number, start: number, end: number) {
    const vma = yield* lockVmaUnderRcu(k, mm, start);
    if (vma === null) return null;
    if (end <= (yield* vmaView(vma)).end) return vma;
    yield* vmaEndRead(k, vma);
    return null;
  },
);

/** One VMA of MADV_DONTNEED. */
const dontneedVma: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_dontneed_single_vma",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const range = yield* madviseDontneedValid(vma, start, end);
    if (range.error !== 0 || range.start >= range.end) return range.error;
    yield* zapPageRangeReclaim(k, mm, vma, range.start, range.end - range.start);
    return 0;
  },
);

/** madvise_walk_vmas: each VMA of the range; the first error ends it, a gap is remembered as -ENOMEM. mm/madvise.c */
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
    if (start % 4096 !== 0 || length < 0 || start < 0 || end > TASK_SIZE) return ERRNO.EINVAL;
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
    const flags = advisedFlags(k, view.flags, view.ops !== "", advice);
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
