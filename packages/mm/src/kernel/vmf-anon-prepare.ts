import { anonVmaPrepare, readAnonVma } from "../events/anon-vma-steps.ts";
import { findMergeableAnonVma } from "../events/fault-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import type { Steps } from "../events/step.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { fails } from "./failure.ts";
import type { FaultLock } from "./fault-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmaEndRead } from "./vma-lock.ts";

/**
 * vmf_anon_prepare: makes sure of the VMA's anon_vma. It looks at neighbours, so that the VMA lock is not enough: a try
 * for mmap_lock, or `retry` with the VMA lock dropped. Kernels that asked in lock_vma_under_rcu rely on that here.
 * mm/memory.c
 */
export const vmfAnonPrepare: Procedure<Context, [number, VmaPtr, FaultLock], "ok" | "retry" | "OOM"> = procedure(
  "vmf_anon_prepare",
  function* (k, mm: number, vma: VmaPtr, under: FaultLock) {
    if ((yield* readAnonVma(vma)) !== null) return "ok";
    if (yield* fails(k, "anon-vma")) return "OOM";
    if (under !== "vma") yield* anonVmaPrepare(vma);
    else if (k.knobs.anonVmaCheck !== "in-fault") yield* prepareUnlocked(vma);
    else if (yield* mmapReadTrylock(mm)) {
      yield* anonVmaPrepare(vma);
      yield* mmapReadUnlock(mm);
    } else {
      yield* vmaEndRead(k, vma);
      return "retry";
    }
    return "ok";
  },
);

/** anon_vma_prepare with no lock on the neighbours whose anon_vma it may share. mm/rmap.c */
function* prepareUnlocked(vma: VmaPtr): Steps<null> {
  const near = yield* findMergeableAnonVma(vma);
  if (near !== null) yield* readAnonVma(near);
  return yield* anonVmaPrepare(vma);
}
