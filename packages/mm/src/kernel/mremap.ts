import { vmaExpandable } from "../events/mremap-steps.ts";
import { getUnmappedArea } from "../events/unmapped-area-steps.ts";
import { vmFlagsResetOnce } from "../events/vm-flags-steps.ts";
import { vmaMergeNeighbours } from "../events/vma-merge-steps.ts";
import { vmaArea, vmaFind } from "../events/vma-steps.ts";
import { pageAlign, pagesFrom, TASK_SIZE } from "../objects/address.ts";
import { dontunmapComplete } from "./anon-vma.ts";
import { copyOrMerge } from "./copy-vma.ts";
import { vmaNext } from "./mprotect.ts";
import { mmPopulate } from "./populate.ts";
import { userfaultfdEvent } from "./userfaultfd-events.ts";
import { shrinkVma } from "./shrink-vma.ts";
import { mergeRule, startWrite, vmaResize } from "./vma-split.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { type VmaView, vmaView } from "../events/mprotect-steps.ts";
import { userfaultfdCancel, userfaultfdPrep } from "../events/uffd-event-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import type { Steps } from "../events/step.ts";
import { fails } from "./failure.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { movePageTables } from "./move-page-tables.ts";
import { detach, unmapDetached } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** What to move where. */
export type Remap = {
  /** Bytes. */
  readonly start: number;
  readonly oldLength: number;
  readonly newLength: number;
  /** MREMAP_FIXED: where to; what is there is unmapped. Null: it stays, and grows where there is room. */
  readonly to: number | null;
  /** MREMAP_DONTUNMAP: the old VMA stays, empty. */
  readonly dontUnmap: boolean;
  /** MREMAP_MAYMOVE without MREMAP_FIXED: what cannot stay goes where there is room. */
  readonly mayMove?: boolean;
  /** Where MREMAP_DONTUNMAP without MREMAP_FIXED would like to go, in bytes. */
  readonly hint?: number;
};

/** mremap(2): the address, or an errno. mm/mremap.c, do_mremap() */
export const mremap: Procedure<Context, [number, Remap], number> = procedure(
  "mremap",
  function* (k, mm: number, remap: Remap) {
    const { start, to } = remap;
    const [oldLength, newLength] = [pageAlign(remap.oldLength), pageAlign(remap.newLength)];
    if (start % 4096 !== 0 || oldLength < 0 || newLength <= 0 || start < 0) return ERRNO.EINVAL;
    if (remap.dontUnmap && (oldLength !== newLength || (to === null && remap.mayMove !== true))) return ERRNO.EINVAL;
    const wanted = { ...remap, oldLength, newLength };
    if (k.knobs.mremapChecks === "arguments-first" && wrongPlace(wanted)) return ERRNO.EINVAL;
    return yield* underWriteLock(k, mm, wanted);
  },
);

/** Whether the new place cannot be: no address of user memory, or in the way of the old one. */
function wrongPlace({ start, oldLength, newLength, to, dontUnmap, hint }: Remap): boolean {
  if (newLength > TASK_SIZE) return true;
  const place = to ?? (dontUnmap ? (hint ?? 0) : null);
  if (place === null) return false;
  if (place % 4096 !== 0 || place < 0 || place > TASK_SIZE - newLength) return true;
  const end = start + oldLength;
  // A sum of registers wraps.
  return place < (end >= 2 ** 64 ? end - 2 ** 64 : end) && start < place + newLength;
}

function* underWriteLock(k: Context, mm: number, remap: Remap): Steps<number> {
  const { start, to, oldLength, newLength } = remap;
  if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
  const ctx = k.knobs.uffdEvents && to !== null ? yield* remapPrep(k, mm, start) : null;
  const result = yield* remapLocked(k, mm, remap);
  if (result === "downgraded") {
    yield* mmapReadUnlock(mm);
    return start;
  }
  const grown = result >= 0 && newLength > oldLength && (yield* isLocked(mm, result));
  yield* mmapWriteUnlock(mm);
  if (grown) yield* mmPopulate(k, mm, result + oldLength, result + newLength, true);
  if (ctx === null) return result;
  if (result < 0) yield* userfaultfdCancel(ctx);
  else yield* userfaultfdEvent(k, ctx, "remap", start, result);
  return result;
}

/** Whether what lies at the address is locked, so that what it has grown by is wanted at once. */
function* isLocked(mm: number, address: number): Steps<boolean> {
  const [vma] = yield* vmaFind(mm, address, address + 1);
  return vma !== undefined && ((yield* vmaView(vma)).flags & VM.LOCKED) !== 0;
}

/** mremap_userfaultfd_prep: the context whose monitor must hear of the move, or null. fs/userfaultfd.c */
const remapPrep: Procedure<Context, [number, number], number | null> = procedure(
  "mremap_userfaultfd_prep",
  function* (_k, mm: number, start: number) {
    const [vma] = yield* vmaFind(mm, start, start + 1);
    return vma === undefined ? null : yield* userfaultfdPrep(vma, "remap");
  },
);

/** What is returned; or that it is the old address, with the lock held for reading only by now. */
type Remapped = number | "downgraded";

const remapLocked: Procedure<Context, [number, Remap], Remapped> = procedure(
  "do_mremap",
  function* (k, mm: number, remap: Remap) {
    const { start, oldLength, newLength, to, dontUnmap } = remap;
    const moves = to !== null || dontUnmap;
    if (k.knobs.mremapMultiVma && to !== null && oldLength === newLength) return yield* remapSeveral(k, mm, remap);
    const first = yield* vmaAt(mm, start);
    if (first === null) return ERRNO.EFAULT;
    const view = yield* vmaView(first);
    if (view.sealed === true) return ERRNO.EPERM;
    if (k.knobs.mremapChecks === "vma-first") {
      if (moves) return wrongPlace(remap) ? ERRNO.EINVAL : yield* mremapTo(k, mm, remap);
    } else if (moves || newLength > oldLength) {
      const refused = mayRemap(view, remap);
      if (refused !== 0) return refused;
      if (moves) return yield* mremapTo(k, mm, remap);
    }
    return yield* mremapAt(k, mm, first, view, remap);
  },
);

/** mremap_at: nobody has said where to, so that it stays if it can. mm/mremap.c */
const mremapAt: Procedure<Context, [number, VmaPtr, VmaView, Remap], Remapped> = procedure(
  "mremap_at",
  function* (k, mm: number, vma: VmaPtr, view: VmaView, remap: Remap) {
    const { start, oldLength, newLength } = remap;
    if (newLength <= oldLength) {
      if (newLength === oldLength) return start;
      const done = yield* shrinkVma(k, mm, start + newLength, start + oldLength);
      return done === 0 ? start : done;
    }
    const refused = mayRemap(view, remap);
    if (refused !== 0) return refused;
    if (yield* growsInPlace(mm, view, remap)) return yield* expandInPlace(k, mm, vma, view, remap);
    if (remap.mayMove !== true) return ERRNO.ENOMEM;
    const to = yield* getUnmappedArea(mm, 0, newLength);
    return to < 0 ? to : yield* moveVma(k, mm, vma, { ...remap, to });
  },
);

/** mremap_to: the new place is emptied, and what is too long cut off, before the VMA moves. mm/mremap.c */
const mremapTo: Procedure<Context, [number, Remap], number> = procedure(
  "mremap_to",
  function* (k, mm: number, remap: Remap) {
    const { start, newLength } = remap;
    if (remap.to !== null) {
      const error = yield* unmapRange(k, mm, remap.to, remap.to + newLength);
      if (error !== 0) return error;
    }
    // What was unmapped may have been a part of the VMA itself.
    const early = k.knobs.mremapChecks === "arguments-first" ? yield* vmaAt(mm, start) : undefined;
    if (early === null) return ERRNO.EFAULT;
    if (newLength < remap.oldLength) {
      const error = yield* unmapRange(k, mm, start + newLength, start + remap.oldLength);
      if (error !== 0) return error;
    }
    const part = { ...remap, oldLength: Math.min(remap.oldLength, newLength) };
    const source = early ?? (yield* vmaAt(mm, start));
    if (source === null) return ERRNO.EFAULT;
    const refused = mayRemap(yield* vmaView(source), part);
    if (refused !== 0) return refused;
    const to = remap.to ?? (yield* getUnmappedArea(mm, remap.hint ?? 0, newLength));
    return to < 0 ? to : yield* moveVma(k, mm, source, { ...part, to });
  },
);

/** vma_lookup of mremap's address. */
function* vmaAt(mm: number, address: number): Steps<VmaPtr | null> {
  return (yield* vmaFind(mm, address, address + 1))[0] ?? null;
}

/** check_prep_vma, vma_to_resize: what this VMA does not allow. VM_MIXEDMAP alone allows everything. mm/mremap.c */
function mayRemap(view: VmaView, { start, oldLength, newLength, dontUnmap }: Remap): number {
  if (view.sealed === true) return ERRNO.EPERM;
  if (oldLength === 0 && (view.flags & (VM.SHARED | VM.MAYSHARE)) === 0) return ERRNO.EINVAL;
  const pinned = (view.flags & (VM.DONTEXPAND | VM.PFNMAP)) !== 0;
  if (dontUnmap && pinned) return ERRNO.EINVAL;
  // The part that a shrinking move cuts off may reach beyond.
  if (start + Math.min(oldLength, newLength) > view.end) return ERRNO.EFAULT;
  return newLength > oldLength && pinned ? ERRNO.EFAULT : 0;
}

/** vrm_can_expand_in_place: the VMA ends where the range does, and what follows is free. mm/mremap.c */
function* growsInPlace(mm: number, view: VmaView, { start, oldLength, newLength }: Remap): Steps<boolean> {
  const end = start + newLength;
  if (start + oldLength !== view.end || end > TASK_SIZE) return false;
  return yield* vmaExpandable(mm, view.end, end);
}

/** expand_vma_in_place: the VMA grows at its end, and becomes one with what follows if it is like it. mm/mremap.c */
const expandInPlace: Procedure<Context, [number, VmaPtr, VmaView, Remap], number> = procedure(
  "expand_vma_in_place",
  function* (k, mm: number, vma: VmaPtr, view: VmaView, { start, newLength }: Remap) {
    const end = start + newLength;
    if (yield* fails(k, "maple")) return ERRNO.ENOMEM;
    const { flags, ops, owner, file } = view;
    const pgoff = view.pgoff + pagesFrom(view.start, view.end);
    const rule = mergeRule(k, false);
    const grown = { mm, start: view.end, end, flags, pgoff, ops, owner, file, self: null, extended: vma, rule };
    const { next, both } = yield* vmaMergeNeighbours(grown);
    const removable = both && k.vmOps.get(ops)?.close === undefined;
    yield* vmaResize(k, vma, view.start, end, { removed: removable ? next : null, adjusted: null, source: null });
    return start;
  },
);

/** move_vma: a copy of the VMA, its page tables moved there, and what is left of the old one unmapped. mm/mremap.c */
const moveVma: Procedure<Context, [number, VmaPtr, Remap], number> = procedure(
  "move_vma",
  function* (k, mm: number, vma: VmaPtr, { start, oldLength, newLength, to, dontUnmap }: Remap) {
    const target = to!;
    const refused = yield* mayCut(k, vma, start, start + oldLength);
    if (refused !== 0) return refused;
    const whole = dontUnmap && (yield* covers(vma, start, oldLength));
    yield* startWrite(k, vma);
    if (yield* fails(k, "vma")) return ERRNO.ENOMEM;
    const copied = yield* copyOrMerge(k, mm, vma, start, target, newLength, dontUnmap);
    const { ops, owner, rmap } = yield* vmaArea(copied.vma);
    const hooks = k.vmOps.get(ops);
    const moved = yield* movePageTables(k, mm, start, target, oldLength, rmap, copied.needRmapLocks);
    let error: number = moved === oldLength ? 0 : ERRNO.ENOMEM;
    if (error === 0 && hooks?.mremap !== undefined) error = yield* hooks.mremap(k, copied.vma, owner);
    if (error !== 0) {
      // Backwards: walks meet the old place first.
      yield* movePageTables(k, mm, target, start, moved, rmap, true);
      yield* unmapRange(k, mm, target, target + newLength);
      return error;
    }
    // What cannot be unmapped for want of memory stays, empty: the move has succeeded.
    if (!dontUnmap) {
      if (oldLength > 0) yield* unmapRange(k, mm, start, start + oldLength);
    } else {
      yield* unlock(k, copied.source);
      if (whole && copied.source.vma !== copied.vma.vma) yield* dontunmapComplete(k, copied.source);
    }
    return target;
  },
);

/** The VMA that MREMAP_DONTUNMAP leaves behind is not locked any more. mm/mremap.c, dontunmap_complete() */
function* unlock(k: Context, vma: VmaPtr): Steps<null> {
  const { flags } = yield* vmaView(vma);
  if ((flags & VM.LOCKED) === 0) return null;
  yield* startWrite(k, vma);
  return yield* vmFlagsResetOnce(vma, flags & ~VM.LOCKED);
}

/** What the driver says to edges of the VMA at both ends of the range: 0 or an errno. mm/mremap.c, prep_move_vma() */
function* mayCut(k: Context, vma: VmaPtr, start: number, end: number): Steps<number> {
  const view = yield* vmaView(vma);
  const maySplit = k.vmOps.get(view.ops)?.maySplit;
  if (maySplit === undefined) return 0;
  const refused = view.start === start ? 0 : yield* maySplit(k, vma, start, view.owner);
  return refused !== 0 || view.end === end ? refused : yield* maySplit(k, vma, end, view.owner);
}

/** Whether the VMA is exactly this range. */
function* covers(vma: VmaPtr, start: number, length: number): Steps<boolean> {
  const area = yield* vmaArea(vma);
  return area.start === start && area.end === start + length;
}

/** remap_move: the VMAs of the range go one after the other, with the gaps between them. mm/mremap.c */
const remapSeveral: Procedure<Context, [number, Remap], number> = procedure(
  "remap_move",
  function* (k, mm: number, remap: Remap) {
    const { start, oldLength } = remap;
    const end = start + oldLength;
    let target = remap.to ?? remap.hint ?? 0;
    let result: number = ERRNO.EFAULT;
    let last = start;
    for (let vma = yield* vmaNext(mm, start, end); vma !== null; vma = yield* vmaNext(mm, last, end)) {
      const view = yield* vmaView(vma);
      const from = Math.max(last, view.start);
      if (last === start && from > start) return ERRNO.EFAULT;
      target += from - last;
      const length = Math.min(end, view.end) - from;
      const to = remap.to === null ? null : target;
      const part = { ...remap, start: from, oldLength: length, newLength: length, to, hint: target };
      const refused = mayRemap(view, part);
      const moved = refused === 0 ? yield* mremapTo(k, mm, part) : refused;
      if (moved < 0) return moved;
      if (result < 0) result = moved;
      last = from + length;
      target = moved + length;
    }
    return result;
  },
);

/** do_vmi_munmap under the write lock that is held, without a downgrade. 0 or an errno. */
const unmapRange: Procedure<Context, [number, number, number], number> = procedure(
  "do_vmi_munmap",
  function* (k, mm: number, start: number, end: number) {
    if (end > TASK_SIZE) return ERRNO.EINVAL;
    const gone = yield* detach(k, mm, start, end);
    if (typeof gone === "number") return gone;
    yield* unmapDetached(k, mm, start, end, gone);
    return 0;
  },
);
