import { mmFlag } from "../objects/mm-flags.ts";
import { vmaTree } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { vmaFlags, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { MM_ACCESS } from "../rules/mm-life.ts";
import { touchMm } from "./mm-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";

/**
 * for_each_vma of __oom_reap_task_mm: the VMAs whose memory may go, private or anonymous, neither hugetlb nor PFN
 * mappings. The reaper has no reference on the address space's users: what keeps exit_mmap from freeing VMAs and tables
 * under it is mmap_lock, and that MMF_OOM_SKIP was seen clear under it. mm/oom_kill.c
 */
export const reapableVmas: Step<[number], readonly VmaPtr[]> = step("__oom_reap_task_mm", (tx, mm) => {
  touchMm(tx, mm);
  if (holds(tx, tx.task, mmapLock(mm).name) === undefined) {
    tx.violate(MM_ACCESS, `mm:${mm}`, `${tx.op} walks mm:${mm} without mmap_lock`);
  }
  const areas = tx.read(vmaTree.of(mm));
  // exit_mmap sets the flag before it waits for the write lock: whoever saw it clear is safe until it lets go.
  if (areas.length === 0 && tx.read(mmFlag.of(mm, "oom_skip"))) {
    tx.violate(MM_ACCESS, `mm:${mm}`, `${tx.op} walks mm:${mm}, whose areas exit_mmap has freed`);
  }
  const reapable = areas.filter(({ vma }) => {
    const flags = tx.read(vmaFlags.of(vma));
    if ((flags & (VM.HUGETLB | VM.PFNMAP)) !== 0) return false;
    return tx.read(vmaSlot.of(vma)).ops === "" || (flags & VM.SHARED) === 0;
  });
  return reapable.map(({ vma, gen }) => ({ vma, gen }));
});

export const reapSteps: readonly AnyStep[] = [reapableVmas];
