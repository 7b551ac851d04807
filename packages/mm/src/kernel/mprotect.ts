import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { readAnonVma } from "../events/anon-vma-steps.ts";
import { changePteRange, isAnonymous, protectedFlags, type VmaView, vmaView } from "../events/mprotect-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import type { Steps } from "../events/step.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { vmaSetPageProt } from "../events/vma-merge-steps.ts";
import { vmFlagsResetOnce } from "../events/vm-flags-steps.ts";
import { vmaFind } from "../events/vma-steps.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { populateVmaPageRange } from "./populate.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { mapDenyWriteExec } from "./mdwe.ts";
import { mergeRule, splitVmaAt, startWrite, vmaMergeExisting } from "./vma-split.ts";

/**
 * mprotect(2): 0 or an errno. `prot` is made of VM_READ, VM_WRITE and VM_EXEC. VMAs before one that cannot be changed,
 * or before a gap, stay changed. mm/mprotect.c, do_mprotect_pkey()
 */
export const mprotect: Procedure<Context, [number, number, number, number], number> = procedure(
  "mprotect",
  function* (k, mm: number, start: number, length: number, prot: number) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
    if (length === 0) return 0;
    if (end > TASK_SIZE) return ERRNO.ENOMEM;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const error = yield* protectAll(k, mm, start, end, prot);
    yield* tlbFinishMmu(mm);
    yield* mmapWriteUnlock(mm);
    return error;
  },
);

/** What of mprotect is done under mmap_lock. */
export const protectAll: Procedure<Context, [number, number, number, number], number> = procedure(
  "do_mprotect_pkey",
  function* (k, mm: number, start: number, end: number, prot: number) {
    let at = start;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
      const view = yield* vmaView(vma);
      if (view.start > at) return ERRNO.ENOMEM;
      const error = yield* protectOne(k, mm, vma, view, at, Math.min(end, view.end), prot);
      if (error !== 0) return error;
      at = Math.min(end, view.end);
    }
    return at === end ? 0 : ERRNO.ENOMEM;
  },
);

/** The first VMA of what is left of a range, found anew each time: a merge may have swallowed the one that was next. */
export function* vmaNext(mm: number, at: number, end: number): Steps<VmaPtr | null> {
  return at < end ? ((yield* vmaFind(mm, at, end))[0] ?? null) : null;
}

/** One VMA's turn: rights it may not have are refused, and its driver may refuse any. */
const protectOne: Procedure<Context, [number, VmaPtr, VmaView, number, number, number], number> = procedure(
  "mprotect_one",
  function* (k, mm: number, vma: VmaPtr, view: VmaView, start: number, end: number, prot: number) {
    const flags = protectedFlags(view.flags, prot);
    if (flags < 0) return flags;
    if (yield* mapDenyWriteExec(mm, flags, view.flags)) return ERRNO.EACCES;
    if (view.sealed === true) return ERRNO.EPERM;
    const hook = k.vmOps.get(view.ops)?.mprotect;
    const vetoed = hook === undefined ? 0 : yield* hook(k, vma, flags, view.owner);
    if (vetoed !== 0 || flags === view.flags) return vetoed;
    return yield* mprotectFixup(k, mm, vma, view, start, end, flags);
  },
);

/** mprotect_fixup: splits, changes flags and page_prot, then every PTE under its lock. mm/mprotect.c */
const mprotectFixup: Procedure<Context, [number, VmaPtr, VmaView, number, number, number], number> = procedure(
  "mprotect_fixup",
  function* (k, mm: number, vma: VmaPtr, view: VmaView, start: number, end: number, wanted: number) {
    const flags = yield* accountedFlags(k, vma, view, wanted);
    const inside = yield* vmaModifyFlags(k, mm, vma, view, start, end, flags);
    if (typeof inside === "number") return inside;
    yield* vmaSetPageProt(inside);
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* changePteRange(inside, part.start, part.end);
      yield* pteUnmapUnlock(mm, part.start);
    }
    // Locked private memory is in use at once where it may be written.
    const locked = (view.flags & (VM.WRITE | VM.SHARED | VM.LOCKED)) === VM.LOCKED;
    if (locked && (flags & VM.WRITE) !== 0) yield* populateVmaPageRange(k, mm, inside, start, end);
    return 0;
  },
);

/**
 * VM_ACCOUNT: what becomes writable may need memory from now on; what becomes read-only without ever having been written
 * to may not. mm/mprotect.c, mprotect_fixup()
 */
function* accountedFlags(k: Context, vma: VmaPtr, view: VmaView, flags: number): Steps<number> {
  if ((flags & VM.WRITE) !== 0) {
    const exempt = VM.ACCOUNT | VM.WRITE | VM.HUGETLB | VM.SHARED | VM.NORESERVE;
    return (view.flags & exempt) === 0 ? flags | VM.ACCOUNT : flags;
  }
  if (!k.knobs.mprotectUnaccounts || (view.flags & VM.ACCOUNT) === 0 || !isAnonymous(view)) return flags;
  return (yield* readAnonVma(vma)) === null ? flags & ~VM.ACCOUNT : flags;
}

/**
 * vma_modify_flags and the store that follows it: [start, end) becomes part of a neighbour that has these flags, or else
 * a VMA of its own that gets them. Returns the VMA, or an errno where it could not be split. mm/vma.c
 */
export const vmaModifyFlags: Procedure<Context, [number, VmaPtr, VmaView, number, number, number], VmaPtr | number> =
  procedure(
    "vma_modify_flags",
    function* (k, mm: number, vma: VmaPtr, view: VmaView, start: number, end: number, flags: number) {
      const pgoff = view.pgoff + Math.max(start - view.start, 0) / 4096;
      const { ops, owner, file } = view;
      const rule = mergeRule(k, false);
      const wanted = { mm, start, end, flags, pgoff, ops, owner, file, self: vma, rule };
      const merged = yield* vmaMergeExisting(k, vma, { start: view.start, end: view.end }, wanted);
      const inside = merged ?? (yield* splitAround(k, vma, view, start, end));
      if (typeof inside === "number") return inside;
      yield* startWrite(k, inside);
      yield* vmFlagsResetOnce(inside, flags);
      return inside;
    },
  );

/** The part of a VMA between start and end as a VMA of its own, or an errno. mm/vma.c, vma_modify() */
function* splitAround(k: Context, vma: VmaPtr, view: VmaView, start: number, end: number): Steps<VmaPtr | number> {
  const inside = view.start < start ? yield* splitVmaAt(k, vma, start) : vma;
  if (typeof inside === "number") return inside;
  const rest = end < view.end ? yield* splitVmaAt(k, inside, end) : inside;
  return typeof rest === "number" ? rest : inside;
}
