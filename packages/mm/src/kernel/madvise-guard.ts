import { anonVmaPrepare, readAnonVma } from "../events/anon-vma-steps.ts";
import { guardInstallSetPte, guardRemovePteEntry, keepsData } from "../events/madvise-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { isAnonymous, vmaView } from "../events/mprotect-steps.ts";
import { pteAlloc, pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import { VM_SPECIAL } from "../events/vma-merge-steps.ts";
import { vmaSetMaybeGuard } from "../events/vm-flags-steps.ts";
import { vmaEndRead } from "./vma-lock.ts";
import { pageAlign, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { madviseWalk, tryVmaReadLock } from "./madvise.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { zapPageRangeSingle } from "./zap.ts";

/** How often guards are tried where faults keep filling the range. mm/madvise.c, MAX_MADVISE_GUARD_RETRIES */
const MAX_RETRIES = 3;

/**
 * madvise(MADV_GUARD_INSTALL) and (MADV_GUARD_REMOVE): 0 or an errno; -EAGAIN when faults won the race too often,
 * -EINVAL also in a kernel without guard regions (madvise_behavior_valid()).
 */
export const madviseGuard: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "madvise_guard",
  function* (k, mm: number, start: number, length: number, install: boolean) {
    if (k.knobs.guardLock === "none") return ERRNO.EINVAL;
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
    const one = install ? guardInstall : guardRemove;
    if (k.knobs.guardLock === "vma" && k.knobs.vmaLock !== "none") {
      const vma = yield* tryVmaReadLock(k, mm, start, end, install);
      if (vma !== null) {
        const error = yield* one(k, mm, vma, start, end);
        yield* vmaEndRead(k, vma);
        return error;
      }
    }
    yield* mmapReadLock(k, mm);
    const error = yield* madviseWalk(k, mm, start, end, (vma) => one(k, mm, vma, start, end));
    yield* mmapReadUnlock(mm);
    return error;
  },
);

/** madvise_guard_install: the flag first, so that fork and khugepaged spare the markers; then table by table. */
const guardInstall: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_guard_install",
  function* (k, mm: number, vma: VmaPtr, from: number, to: number) {
    const view = yield* vmaView(vma);
    if (keepsData(view)) return ERRNO.EPERM;
    if ((view.flags & (VM_SPECIAL | VM.LOCKED | VM.HUGETLB)) !== 0) return ERRNO.EINVAL;
    const [start, end] = [Math.max(from, view.start), Math.min(to, view.end)];
    // Markers are no emptiness: fork copies the page tables of what has an anon_vma.
    if (isAnonymous(view) && (yield* readAnonVma(vma)) === null) yield* anonVmaPrepare(vma);
    yield* vmaSetMaybeGuard(vma);
    for (let at = start; at < end; at = tableEnd(at)) {
      const error = yield* guardTable(k, mm, vma, at, Math.min(end, tableEnd(at)));
      if (error !== 0) return error;
    }
    return 0;
  },
);

/** Tries to fill one page table's part with markers, zapping what faults have put there in between. */
const guardTable: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "guard_install_pmd",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    return yield* loop(0, function* (tries: number) {
      yield* pteAlloc(mm, start);
      const there = yield* pteOffsetMapLock(mm, start);
      const guarded = there && (yield* guardInstallSetPte(vma, start, end));
      if (there) yield* pteUnmapUnlock(mm, start);
      if (guarded) return done<number>(0);
      if (tries === MAX_RETRIES) return done<number>(ERRNO.EAGAIN);
      yield* zapPageRangeSingle(k, mm, vma, start, end - start, null);
      return again(tries + 1);
    });
  },
);

/** madvise_guard_remove: markers go, table by table; the flag stays. */
const guardRemove: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_guard_remove",
  function* (_k, mm: number, vma: VmaPtr, from: number, to: number) {
    const view = yield* vmaView(vma);
    if ((view.flags & (VM_SPECIAL | VM.HUGETLB)) !== 0) return ERRNO.EINVAL;
    const [start, end] = [Math.max(from, view.start), Math.min(to, view.end)];
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* guardRemovePteEntry(vma, part.start, part.end);
      yield* pteUnmapUnlock(mm, part.start);
    }
    return 0;
  },
);

function tableEnd(address: number): number {
  return (Math.floor(address / TABLE_SPAN) + 1) * TABLE_SPAN;
}
