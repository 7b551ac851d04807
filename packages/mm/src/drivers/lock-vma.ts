import type { Steps } from "../events/step.ts";
import { lockVmaUnderRcu } from "../kernel/vma-lock.ts";
import type { Context } from "../kernel/context.ts";
import type { VmaPtr } from "../objects/vma.ts";

/** lock_vma_under_rcu as drivers call it: without CONFIG_PER_VMA_LOCK it is a stub that finds nothing. */
export function* lockVma(k: Context, mm: number, address: number): Steps<VmaPtr | null> {
  if (k.knobs.vmaLock === "none") return null;
  return yield* lockVmaUnderRcu(k, mm, address);
}
