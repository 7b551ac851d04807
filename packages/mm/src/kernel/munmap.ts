import { mmapReadUnlock, mmapWriteDowngrade, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { tlbFinishMmu, tlbFlushMmuTlbonly } from "../events/tlb-steps.ts";
import { mayDowngrade, vmaArea, vmAreaFree, vmaFind, vmaIterClear } from "../events/vma-steps.ts";
import { vmaMarkDetached, vmaStartWrite } from "./vma-lock.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { vmaHolder } from "../objects/file.ts";
import type { Context } from "./context.ts";
import { fput } from "./file.ts";
import { freePgtables } from "./free-pgtables.ts";
import { mmapWriteLock } from "./mmap-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { splitVmaAt } from "./vma-split.ts";
import { unmapPageRange } from "./zap.ts";

/** munmap(2) of whole pages: 0 or -EINVAL. mm/vma.c, __vm_munmap(); mm/mmap.c before 6.12 */
export const munmap: Procedure<Context, [number, number, number], number> = procedure(
  "munmap",
  function* (k, mm: number, start: number, length: number) {
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length <= 0 || start < 0 || end > TASK_SIZE) return ERRNO.EINVAL;
    yield* mmapWriteLock(k, mm);
    const detached = yield* detach(k, mm, start, end);
    const downgrade = detached.length > 0 && (yield* downgrades(k, mm, end));
    if (downgrade) yield* mmapWriteDowngrade(mm);
    yield* unmapDetached(k, mm, start, end, detached);
    if (downgrade) yield* mmapReadUnlock(mm);
    else yield* mmapWriteUnlock(mm);
    return 0;
  },
);

/** vms_gather_munmap_vmas and vma_iter_clear: splits at the edges, keeps readers out, takes the range out of the tree. */
export const detach: Procedure<Context, [number, number, number], readonly VmaPtr[]> = procedure(
  "vms_gather_munmap_vmas",
  function* (k, mm: number, start: number, end: number) {
    for (const vma of yield* vmaFind(mm, start, end)) {
      const area = yield* vmaArea(vma);
      let inside = vma;
      if (area.start < start) inside = yield* splitVmaAt(k, vma, start);
      if (area.end > end) yield* splitVmaAt(k, inside, end);
      yield* vmaStartWrite(k, inside);
      yield* vmaMarkDetached(k, inside);
    }
    return yield* vmaIterClear(mm, start, end);
  },
);

/** vms_complete_munmap_vmas: zaps, frees page tables, closes and frees the VMAs. */
export const unmapDetached: Procedure<Context, [number, number, number, readonly VmaPtr[]], null> = procedure(
  "vms_complete_munmap_vmas",
  function* (k, mm: number, start: number, end: number, vmas: readonly VmaPtr[]) {
    if (vmas.length === 0) return null;
    const special = yield* unmapPageRange(k, mm, start, end);
    // Whoever looks for the VMAs by rmap and finds none must be able to rely on it: no TLB may still have their frames.
    if (special && k.knobs.gatherPfnFlush !== "finish") yield* tlbFlushMmuTlbonly();
    yield* freePgtables(k, mm, start, end, vmas);
    yield* tlbFinishMmu(mm);
    for (const vma of vmas) yield* removeVma(k, vma);
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

function* downgrades(k: Context, mm: number, end: number): ReturnType<typeof mayDowngrade> {
  switch (k.knobs.munmapDowngrade) {
    case "never":
      return false;
    case "always":
      return true;
    case "unless-next-to-stack":
      return yield* mayDowngrade(mm, end);
  }
}
