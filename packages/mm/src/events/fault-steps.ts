import { type VmaPtr, vmaFlags } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { accessVma } from "./vma-access.ts";

/**
 * access_error and the first branch of handle_pte_fault: `denied` when the VMA's flags do not allow the access,
 * `driver` where a driver has to provide the page, else `anonymous`.
 */
export const vmAccess: Step<[VmaPtr, boolean], "denied" | "driver" | "anonymous"> = step(
  "access_error",
  (tx, ptr, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return "denied";
    const flags = tx.read(vmaFlags.of(ptr.vma));
    if ((flags & (write ? VM.WRITE : VM.READ | VM.WRITE | VM.EXEC)) === 0) return "denied";
    return vma.ops === "" ? "anonymous" : "driver";
  },
);

export const faultSteps: readonly AnyStep[] = [vmAccess];
