import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaGetFile } from "../events/file-steps.ts";
import { type VmaView, vmaView } from "../events/mprotect-steps.ts";
import { copyVma, vmaExpandable } from "../events/mremap-steps.ts";
import { userfaultfdCancel, userfaultfdPrep } from "../events/uffd-event-steps.ts";
import { vmaArea, vmaFind, vmaIterStore } from "../events/vma-steps.ts";
import { VM_UFFD } from "../events/uffd-rules.ts";
import { PAGE_SIZE, pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { cloneAnonVma, dontunmapComplete } from "./anon-vma.ts";
import type { Steps } from "../events/step.ts";
import { fails } from "./failure.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { movePageTables } from "./move-page-tables.ts";
import { detach, unmapDetached } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmaLinkFile } from "./free-pgtables.ts";
import { keepContext, userfaultfdEvent } from "./userfaultfd-events.ts";
import { startWrite, vmaMergeNewRange, vmaResize } from "./vma-split.ts";

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
};

/** mremap(2): the address, or an errno. mm/mremap.c, do_mremap() */
export const mremap: Procedure<Context, [number, Remap], number> = procedure(
  "mremap",
  function* (k, mm: number, remap: Remap) {
    const { start, to } = remap;
    const [oldLength, newLength] = [pageAlign(remap.oldLength), pageAlign(remap.newLength)];
    const aligned = start % 4096 === 0 && (to ?? 0) % 4096 === 0;
    if (!aligned || oldLength <= 0 || newLength <= 0 || start < 0 || start + oldLength > TASK_SIZE) return ERRNO.EINVAL;
    if (remap.dontUnmap && (oldLength !== newLength || to === null)) return ERRNO.EINVAL;
    if (to !== null && (to < 0 || to + newLength > TASK_SIZE)) return ERRNO.EINVAL;
    if (to !== null && to < start + oldLength && start < to + newLength) return ERRNO.EINVAL;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const ctx = k.knobs.uffdEvents && to !== null ? yield* remapPrep(k, mm, start) : null;
    const result = yield* remapLocked(k, mm, { ...remap, oldLength, newLength });
    yield* mmapWriteUnlock(mm);
    if (ctx === null) return result;
    if (result < 0) yield* userfaultfdCancel(ctx);
    else yield* userfaultfdEvent(k, ctx, "remap", start, result);
    return result;
  },
);

/** mremap_userfaultfd_prep: the context whose monitor must hear of the move, or null. fs/userfaultfd.c */
const remapPrep: Procedure<Context, [number, number], number | null> = procedure(
  "mremap_userfaultfd_prep",
  function* (_k, mm: number, start: number) {
    const [vma] = yield* vmaFind(mm, start, start + 1);
    return vma === undefined ? null : yield* userfaultfdPrep(vma, "remap");
  },
);

const remapLocked: Procedure<Context, [number, Remap], number> = procedure(
  "do_mremap",
  function* (k, mm: number, remap: Remap) {
    const { start, oldLength, newLength, to } = remap;
    const found = yield* vmaFind(mm, start, start + oldLength);
    const first = found[0];
    if (first === undefined) return ERRNO.EFAULT;
    const view = yield* vmaView(first);
    const several = found.length > 1 || view.end < start + oldLength;
    if (several && k.knobs.mremapMultiVma && to !== null && oldLength === newLength) {
      return yield* remapSeveral(k, mm, remap, found);
    }
    const refused = mayRemap(view, remap);
    if (refused !== 0) return refused;
    let length = oldLength;
    if (newLength < oldLength) {
      const error = yield* unmapRange(k, mm, start + newLength, start + oldLength);
      if (error !== 0) return error;
      length = newLength;
    }
    if (to === null) return length === newLength ? start : yield* expandInPlace(k, mm, first, view, remap);
    const error = yield* unmapRange(k, mm, to, to + newLength);
    if (error !== 0) return error;
    // What was unmapped may have been a part of the VMA itself.
    const [source] = yield* vmaFind(mm, start, start + length);
    return source === undefined ? ERRNO.EFAULT : yield* moveVma(k, mm, source, { ...remap, oldLength: length });
  },
);

/** check_prep_vma: what this VMA does not allow. VM_MIXEDMAP alone allows everything. mm/mremap.c */
function mayRemap(view: VmaView, { start, oldLength, newLength, dontUnmap }: Remap): number {
  if (view.sealed === true) return ERRNO.EPERM;
  const pinned = (view.flags & (VM.DONTEXPAND | VM.PFNMAP)) !== 0;
  if (start < view.start) return ERRNO.EFAULT;
  if (dontUnmap && pinned) return ERRNO.EINVAL;
  if (start + oldLength > view.end) return ERRNO.EFAULT;
  return newLength > oldLength && pinned ? ERRNO.EFAULT : 0;
}

/** expand_vma_in_place: the VMA grows at its end. mm/mremap.c */
const expandInPlace: Procedure<Context, [number, VmaPtr, VmaView, Remap], number> = procedure(
  "expand_vma_in_place",
  function* (k, mm: number, vma: VmaPtr, view: VmaView, { start, oldLength, newLength }: Remap) {
    const end = start + newLength;
    if (start + oldLength !== view.end || end > TASK_SIZE) return ERRNO.ENOMEM;
    if (!(yield* vmaExpandable(mm, view.end, end))) return ERRNO.ENOMEM;
    if (yield* fails(k, "maple")) return ERRNO.ENOMEM;
    yield* vmaResize(k, vma, view.start, end, null);
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
    const merged = dontUnmap ? null : yield* mergeCopied(k, mm, vma, start, target, newLength);
    if (merged === null && (yield* fails(k, "vma"))) return ERRNO.ENOMEM;
    const copy = merged ?? (yield* copyAlone(k, vma, start, target, newLength));
    const { ops, owner, rmap } = yield* vmaArea(copy);
    const hooks = k.vmOps.get(ops);
    const moved = yield* movePageTables(k, mm, start, target, oldLength, rmap, false);
    let error: number = moved === oldLength ? 0 : ERRNO.ENOMEM;
    if (error === 0 && hooks?.mremap !== undefined) error = yield* hooks.mremap(k, copy, owner);
    if (error !== 0) {
      // Backwards: walks meet the old place first.
      yield* movePageTables(k, mm, target, start, moved, rmap, true);
      yield* unmapRange(k, mm, target, target + newLength);
      return error;
    }
    // What cannot be unmapped for want of memory stays, empty: the move has succeeded.
    if (!dontUnmap) yield* unmapRange(k, mm, start, start + oldLength);
    else if (whole) yield* dontunmapComplete(k, vma);
    return target;
  },
);

/**
 * vma_merge_copied_range: the copy becomes part of its new neighbours, where it is like them. What was never faulted in
 * is as if it had been mapped there. The VMA that it is part of, or null. mm/vma.c, copy_vma()
 */
const mergeCopied: Procedure<Context, [number, VmaPtr, number, number, number], VmaPtr | null> = procedure(
  "vma_merge_copied_range",
  function* (k, mm: number, vma: VmaPtr, start: number, target: number, length: number) {
    const { flags, ops, owner, file, ...view } = yield* vmaView(vma);
    if (ops !== "" || (flags & VM_UFFD) !== 0) return null;
    const { anonVma } = yield* vmaArea(vma);
    const fresh = file === null && anonVma === null && (flags & VM.SHARED) === 0;
    const pgoff = fresh ? target / PAGE_SIZE : view.pgoff + (start - view.start) / PAGE_SIZE;
    const range = { mm, start: target, end: target + length, flags, pgoff, ops, owner, file, self: vma };
    const kept = yield* vmaMergeNewRange(k, range);
    if (kept === null || anonVma === null) return kept;
    if ((yield* vmaArea(kept)).anonVma === null) yield* cloneAnonVma(k, kept, vma, anonVma);
    return kept;
  },
);

/** The copy as a VMA of its own: opened, and in the tree. mm/vma.c, copy_vma() */
function* copyAlone(k: Context, vma: VmaPtr, start: number, target: number, length: number): Steps<VmaPtr> {
  const copy = yield* copyVma(vma, start, target, length);
  const { ops, owner, file, anonVma } = yield* vmaArea(copy);
  if (anonVma !== null) yield* cloneAnonVma(k, copy, vma, anonVma);
  if (k.knobs.uffdEvents) yield* keepContext(vma, copy, "remap", null);
  const inode = file === null ? null : yield* vmaGetFile(copy, file);
  const open = k.vmOps.get(ops)?.open;
  if (open !== undefined) yield* open(k, copy, owner);
  yield* startWrite(k, copy);
  yield* vmaIterStore(copy);
  // Behind the old one: a walk meets a page that moves in one place at least.
  if (inode !== null) yield* vmaLinkFile(k, copy, inode, vma);
  return copy;
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

/**
 * remap_move: several VMAs go one after the other, and what lies where one goes is unmapped. Gaps between them and behind
 * them stay gaps, and leave what lies there alone; there may be none before them. mm/mremap.c
 */
const remapSeveral: Procedure<Context, [number, Remap, readonly VmaPtr[]], number> = procedure(
  "remap_move",
  function* (k, mm: number, { start, oldLength, to, dontUnmap }: Remap, vmas: readonly VmaPtr[]) {
    const target = to!;
    let at = start;
    for (const vma of vmas) {
      const view = yield* vmaView(vma);
      const from = Math.max(start, view.start);
      if (at === start && from > start) return ERRNO.EFAULT;
      at = Math.min(start + oldLength, view.end);
      const length = at - from;
      const part = { start: from, oldLength: length, newLength: length, to: target + (from - start), dontUnmap };
      const moved = yield* remapOne(k, mm, view, part);
      if (moved < 0) return moved;
    }
    return target;
  },
);

/** mremap_to: one VMA, or its part, to a place that is emptied for it. */
function* remapOne(k: Context, mm: number, view: VmaView, part: Remap & { readonly to: number }): Steps<number> {
  const refused = mayRemap(view, part);
  if (refused !== 0) return refused;
  const error = yield* unmapRange(k, mm, part.to, part.to + part.newLength);
  if (error !== 0) return error;
  // What was unmapped may have been a part of the VMA itself.
  const [source] = yield* vmaFind(mm, part.start, part.start + part.oldLength);
  return source === undefined ? ERRNO.EFAULT : yield* moveVma(k, mm, source, part);
}

/** do_vmi_munmap under the write lock that is held, without a downgrade. 0 or an errno. */
const unmapRange: Procedure<Context, [number, number, number], number> = procedure(
  "do_vmi_munmap",
  function* (k, mm: number, start: number, end: number) {
    const gone = yield* detach(k, mm, start, end);
    if (typeof gone === "number") return gone;
    yield* unmapDetached(k, mm, start, end, gone);
    return 0;
  },
);
