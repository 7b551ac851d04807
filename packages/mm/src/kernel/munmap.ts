import { mmapReadUnlock, mmapWriteDowngrade, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { tlbFinishMmu, tlbFlushMmuTlbonly } from "../events/tlb-steps.ts";
import {
  mayDowngrade,
  type VmaArea,
  vmaArea,
  vmAreaFree,
  vmaFind,
  vmaIterClear,
  vmaSetOps,
} from "../events/vma-steps.ts";
import { vmaMarkAttached } from "../events/vma-write-steps.ts";
import { vmaMarkDetached, vmaStartWrite } from "./vma-lock.ts";
import type { Steps } from "../events/step.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { vmaHolder } from "../objects/file.ts";
import type { Context } from "./context.ts";
import { fails } from "./failure.ts";
import { fput } from "./file.ts";
import { freePgtables } from "./free-pgtables.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { userfaultfdEvent, userfaultfdUnmapPrep } from "./userfaultfd-events.ts";
import { splitVmaAt } from "./vma-split.ts";
import { unmapPageRange } from "./zap.ts";

/**
 * munmap(2) of whole pages: 0, -EINVAL, or why a VMA could not be split, with everything as it was. mm/vma.c,
 * __vm_munmap(); mm/mmap.c before 6.12
 */
export const munmap: Procedure<Context, [number, number, number], number> = procedure(
  "munmap",
  function* (k, mm: number, start: number, length: number) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length <= 0 || start < 0 || end > TASK_SIZE) return ERRNO.EINVAL;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const detached = yield* detach(k, mm, start, end);
    if (typeof detached === "number") {
      yield* mmapWriteUnlock(mm);
      return detached;
    }
    const monitors = k.knobs.uffdEvents ? yield* userfaultfdUnmapPrep(k, detached) : [];
    const downgrade = detached.length > 0 && (yield* downgrades(k, mm, end));
    if (downgrade) yield* mmapWriteDowngrade(mm);
    yield* unmapDetached(k, mm, start, end, detached);
    if (downgrade) yield* mmapReadUnlock(mm);
    else yield* mmapWriteUnlock(mm);
    for (const { ctx, from, to } of monitors) yield* userfaultfdEvent(k, ctx, "unmap", from, to);
    return 0;
  },
);

/**
 * vms_gather_munmap_vmas and vma_iter_clear: splits at the edges, keeps readers out, takes the range out of the tree.
 * The VMAs; or an errno, when all of them are in use again.
 */
export const detach: Procedure<Context, [number, number, number], readonly VmaPtr[] | number> = procedure(
  "vms_gather_munmap_vmas",
  function* (k, mm: number, start: number, end: number) {
    const gathered = yield* gather(k, mm, start, end);
    if (typeof gathered === "number") return gathered;
    if (yield* fails(k, "maple")) {
      yield* reattachVmas(k, gathered);
      return ERRNO.ENOMEM;
    }
    return yield* vmaIterClear(mm, start, end);
  },
);

/**
 * The loop of vms_gather_munmap_vmas: the VMAs of the range, split at its edges, locked and detached; they stay in the
 * tree. An errno, when all of them are in use again.
 */
export function* gather(k: Context, mm: number, start: number, end: number): Steps<readonly VmaPtr[] | number> {
  const gathered: VmaPtr[] = [];
  for (const vma of yield* vmaFind(mm, start, end)) {
    const area = yield* vmaArea(vma);
    const inside = area.sealed === true ? ERRNO.EPERM : yield* cutArea(k, vma, area, start, end);
    if (typeof inside === "number" || (yield* fails(k, "maple"))) {
      yield* reattachVmas(k, gathered);
      return typeof inside === "number" ? inside : ERRNO.ENOMEM;
    }
    yield* vmaStartWrite(k, inside);
    yield* vmaMarkDetached(k, inside);
    gathered.push(inside);
  }
  return gathered;
}

/** The part of the VMA that lies inside, cut off at the edges; or why that cannot be. */
export function* cutOut(k: Context, vma: VmaPtr, start: number, end: number): Steps<VmaPtr | number> {
  const area = yield* vmaArea(vma);
  return yield* cutArea(k, vma, area, start, end);
}

function* cutArea(k: Context, vma: VmaPtr, area: VmaArea, start: number, end: number): Steps<VmaPtr | number> {
  const inside = area.start < start ? yield* splitVmaAt(k, vma, start) : vma;
  if (typeof inside === "number" || area.end <= end) return inside;
  const rest = yield* splitVmaAt(k, inside, end);
  return typeof rest === "number" ? rest : inside;
}

/** abort_munmap_vmas: nothing is lost yet, for the VMAs never left the tree. mm/vma.c, reattach_vmas() */
export function* reattachVmas(k: Context, vmas: readonly VmaPtr[]): Steps<null> {
  if (k.knobs.vmaLock !== "none") for (const vma of vmas) yield* vmaMarkAttached(vma);
  return null;
}

/** vms_complete_munmap_vmas: zaps, frees page tables, closes and frees the VMAs. */
export const unmapDetached: Procedure<Context, [number, number, number, readonly VmaPtr[]], null> = procedure(
  "vms_complete_munmap_vmas",
  function* (k, mm: number, start: number, end: number, vmas: readonly VmaPtr[]) {
    if (vmas.length === 0) return null;
    yield* vmsClearPtes(k, mm, start, end, vmas);
    for (const vma of vmas) yield* removeVma(k, vma);
    return null;
  },
);

/** vms_clear_ptes: nothing of the range is mapped any more, and rmap finds its VMAs no more. mm/vma.c */
export const vmsClearPtes: Procedure<Context, [number, number, number, readonly VmaPtr[]], null> = procedure(
  "vms_clear_ptes",
  function* (k, mm: number, start: number, end: number, vmas: readonly VmaPtr[]) {
    const special = yield* unmapPageRange(k, mm, start, end);
    // Whoever looks for the VMAs by rmap and finds none must be able to rely on it: no TLB may still have their frames.
    if (special && k.knobs.gatherPfnFlush !== "finish") yield* tlbFlushMmuTlbonly();
    yield* freePgtables(k, mm, start, end, vmas);
    yield* tlbFinishMmu(mm);
    return null;
  },
);

/** remove_vma: vm_ops->close, the reference on the file, then the memory goes back. mm/vma.c */
export const removeVma: Procedure<Context, [VmaPtr], null> = procedure("remove_vma", function* (k, vma: VmaPtr) {
  const { ops, owner, file } = yield* vmaArea(vma);
  const close = k.vmOps.get(ops)?.close;
  if (close !== undefined) yield* close(k, vma, owner);
  if (file !== null) yield* fput(k, file, vmaHolder(vma.vma));
  yield* vmAreaFree(vma);
  return null;
});

/** vma_close: vm_ops->close, once: what vm_ops points to afterwards does nothing. mm/internal.h */
export const vmaClose: Procedure<Context, [VmaPtr], null> = procedure("vma_close", function* (k, vma: VmaPtr) {
  const { ops, owner } = yield* vmaArea(vma);
  const close = k.vmOps.get(ops)?.close;
  if (close === undefined) return null;
  yield* close(k, vma, owner);
  return yield* vmaSetOps(vma, "dummy", owner);
});

/** Whether what ends there is emptied under the read lock: a stack above may have to grow meanwhile. mm/mmap.c */
export function* downgrades(k: Context, mm: number, end: number): ReturnType<typeof mayDowngrade> {
  switch (k.knobs.munmapDowngrade) {
    case "never":
      return false;
    case "always":
      return true;
    case "unless-next-to-stack":
      return yield* mayDowngrade(mm, end);
  }
}
