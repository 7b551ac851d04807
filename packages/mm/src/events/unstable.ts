import { hex } from "../objects/address.ts";
import { mmFlag } from "../objects/mm-flags.ts";
import { type Vma, vmaFlags, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { UNSTABLE } from "../rules/process.ts";
import type { StepContext } from "./step-context.ts";

/** A fault fills an empty PTE of private memory: the oom reaper must not have emptied it, or zeroes come back as data. */
export function checkUnstable(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number): void {
  if (!tx.read(mmFlag.of(vma.mm, "unstable"))) return;
  if ((tx.read(vmaFlags.of(ptr.vma)) & VM.SHARED) !== 0) return;
  const name = `pte:${vma.mm}:${hex(address)}`;
  tx.violate(UNSTABLE, name, `${tx.op} maps a fresh page at ${hex(address)} of mm:${vma.mm}, which was reaped`);
}
