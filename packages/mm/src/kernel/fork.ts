import { anonVmaFork, anonVmaRoot } from "../events/anon-vma-steps.ts";
import { vmaGetFile } from "../events/file-steps.ts";
import { copyPteRange, mmapWriteLockNested, vmaNeedsCopy, vmAreaDup, wakeUpNewTask } from "../events/fork-steps.ts";
import { mmFlagsSet } from "../events/mm-flag-steps.ts";
import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { mmAlloc } from "../events/mm-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { userfaultfdCancel, userfaultfdPrep } from "../events/uffd-event-steps.ts";
import { readUffdCtx } from "../events/uffd-steps.ts";
import type { Steps } from "../events/step.ts";
import { flushTlbMm } from "../events/tlb-steps.ts";
import { vmaArea, vmAreaFree, vmaFind, vmaIterClear, vmaIterStore } from "../events/vma-steps.ts";
import { vmaStartWriteKillable } from "./vma-lock.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { fails, tryPteAlloc } from "./failure.ts";
import { vmaLinkFile } from "./free-pgtables.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { exitProcess } from "./mmput.ts";
import { unmapDetached } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";
import { keepContext, userfaultfdEvent } from "./userfaultfd-events.ts";

/**
 * fork(2): a child with a copy of this address space, whose number is returned, or an errno.
 * @param child the task that becomes the child and waits in ret_from_fork, or null when nobody runs in it
 * @param failAt after how many copied VMAs memory runs out, or null
 */
export const fork: Procedure<Context, [number, number | null, number | null], number> = procedure(
  "copy_process",
  function* (k, mm: number, child: number | null, failAt: number | null) {
    const copy = yield* mmAlloc();
    const error = yield* dupMmap(k, mm, copy, failAt);
    if (error !== 0) {
      yield* exitProcess(k, copy);
      return error;
    }
    if (child !== null) yield* wakeUpNewTask(child, copy);
    return copy;
  },
);

/** dup_mmap: copies the VMAs of `mm` into the empty address space `copy`: 0 or an errno. mm/mmap.c; kernel/fork.c */
export const dupMmap: Procedure<Context, [number, number, number | null], number> = procedure(
  "dup_mmap",
  function* (k, mm: number, copy: number, failAt: number | null) {
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    yield* mmapWriteLockNested(copy);
    let error = 0;
    let copied = 0;
    const monitors: number[] = [];
    for (const vma of yield* vmaFind(mm, 0, TASK_SIZE)) {
      if (k.knobs.forkVw && !(yield* vmaStartWriteKillable(k, vma))) {
        error = ERRNO.EINTR;
        break;
      }
      const need = yield* vmaNeedsCopy(vma);
      if (need === "skip") continue;
      if (copied === failAt) {
        error = ERRNO.ENOMEM;
        break;
      }
      const ctx = k.knobs.uffdEvents ? yield* forkedContext(vma, monitors) : null;
      if (ctx !== null) monitors.push(ctx);
      error = yield* dupVma(k, mm, copy, vma, need);
      if (error !== 0) break;
      copied++;
    }
    if (error !== 0) yield* tearDown(k, copy);
    yield* mmapWriteUnlock(copy);
    yield* flushTlbMm(mm);
    yield* mmapWriteUnlock(mm);
    for (const ctx of monitors) {
      if (error !== 0) yield* userfaultfdCancel(ctx);
      else yield* userfaultfdEvent(k, ctx, "fork", copy, copy);
    }
    return error;
  },
);

/** dup_userfaultfd: the context of this VMA if its monitor must hear of the fork and no VMA before had it. fs/userfaultfd.c */
function* forkedContext(vma: VmaPtr, before: readonly number[]): Steps<number | null> {
  const ctx = yield* readUffdCtx(vma);
  return ctx === null || before.includes(ctx) ? null : yield* userfaultfdPrep(vma, "fork");
}

/** One VMA of dup_mmap: the child's own, in its tree, opened, its page tables copied where it needs that. 0 or -ENOMEM. */
const dupVma: Procedure<Context, [number, number, VmaPtr, "copy" | "leave"], number> = procedure(
  "dup_vma",
  function* (k, mm: number, copy: number, vma: VmaPtr, need: "copy" | "leave") {
    if (yield* fails(k, "vma")) return ERRNO.ENOMEM;
    const dup = yield* vmAreaDup(vma, copy);
    const { start, end, ops, owner, file, anonVma } = yield* vmaArea(dup);
    if (anonVma !== null) {
      if (yield* fails(k, "anon-vma")) {
        yield* vmAreaFree(dup);
        return ERRNO.ENOMEM;
      }
      yield* forkAnonVma(k, dup, vma, anonVma);
    }
    if (k.knobs.uffdEvents) yield* keepContext(vma, dup, "fork", copy);
    const inode = file === null ? null : yield* vmaGetFile(dup, file);
    yield* vmaIterStore(dup);
    if (inode !== null) yield* vmaLinkFile(k, dup, inode, vma);
    const open = k.vmOps.get(ops)?.open;
    if (open !== undefined) yield* open(k, dup, owner);
    return need === "copy" ? yield* copyPageRange(k, mm, copy, vma, dup, start, end) : 0;
  },
);

/** anon_vma_fork, under the lock of the parent's root. mm/rmap.c */
const forkAnonVma: Procedure<Context, [VmaPtr, VmaPtr, number], null> = procedure(
  "anon_vma_fork",
  function* (k, child: VmaPtr, parent: VmaPtr, anonVma: number) {
    const root = yield* anonVmaRoot(anonVma);
    yield* downWrite(k, anonVmaLock(root));
    yield* anonVmaFork(child, parent);
    yield* upWrite(anonVmaLock(root));
    return null;
  },
);

/**
 * copy_page_range: page table by page table, the child's lock outside, the parent's nested inside. 0, or -ENOMEM with
 * what was copied left there. mm/memory.c
 */
export const copyPageRange: Procedure<Context, [number, number, VmaPtr, VmaPtr, number, number], number> = procedure(
  "copy_page_range",
  function* (k, mm: number, copy: number, from: VmaPtr, to: VmaPtr, start: number, end: number) {
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* tryPteAlloc(k, copy, part.start))) return ERRNO.ENOMEM;
      if (!(yield* pteOffsetMapLock(copy, part.start))) continue;
      if (yield* pteOffsetMapLock(mm, part.start)) {
        yield* copyPteRange(from, to, part.start, part.end);
        yield* pteUnmapUnlock(mm, part.start);
      }
      yield* pteUnmapUnlock(copy, part.start);
    }
    return 0;
  },
);

/** A fork that failed half-way: what was copied goes, and nobody shall look for more in there. */
const tearDown: Procedure<Context, [number], null> = procedure("dup_mmap_fail", function* (k, copy: number) {
  yield* mmFlagsSet(copy, "oom_skip");
  const vmas = yield* vmaIterClear(copy, 0, TASK_SIZE);
  yield* unmapDetached(k, copy, 0, TASK_SIZE, vmas);
  yield* mmFlagsSet(copy, "unstable");
  return null;
});
