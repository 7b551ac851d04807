import { vmaSlabForm } from "../objects/config.ts";
import { type Vma, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { VMA_GEN, VMA_LIVE } from "../rules/vma-life.ts";
import { inRcu } from "./rcu.ts";
import type { StepContext } from "./step-context.ts";

/**
 * What a pointer that was found under RCU alone still points to. Only vm_mm, vm_refcnt and vm_lock_seq may be looked at,
 * and where the slab is type-stable they may be another VMA's: everything else waits for the read lock.
 * @returns the slot as it is, or undefined when its memory is no VMA any more
 */
export function vmaUnderRcu(tx: StepContext, ptr: VmaPtr): Vma | undefined {
  const vma = tx.read(vmaSlot.of(ptr.vma));
  const name = vmaName(ptr);
  if (!inRcu(tx)) {
    tx.violate(VMA_LIVE, name, `${tx.op} looks at ${name} outside the RCU section in which it was found`);
    return vma.gen === ptr.gen && vma.state !== "free" ? vma : undefined;
  }
  if (tx.read(vmaSlabForm) === "typesafe") return vma;
  if (vma.gen !== ptr.gen) {
    tx.violate(VMA_GEN, name, `${tx.op} uses ${name}, but that memory now holds generation ${vma.gen}`);
    return undefined;
  }
  if (vma.state === "free") {
    tx.violate(VMA_LIVE, name, `${tx.op} uses ${name} after it was freed`);
    return undefined;
  }
  return vma;
}
