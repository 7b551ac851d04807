import { hex } from "../objects/address.ts";
import { heldAsUnstable, mmFlag } from "../objects/mm-flags.ts";
import { type Vma, vmaFlags, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { UNSTABLE } from "../rules/process.ts";
import type { StepContext } from "./step-context.ts";

/**
 * A fault fills an empty PTE of private memory: the oom reaper must not have emptied it, or zeroes come back as data.
 * @param lock the table's: who has held it since before the flag was set comes before the reaper
 */
export function checkUnstable(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number, lock: string): void {
  if (!tx.read(mmFlag.of(vma.mm, "unstable"))) return;
  if ((tx.read(vmaFlags.of(ptr.vma)) & VM.SHARED) !== 0) return;
  if (tx.read(heldAsUnstable.of(vma.mm)).includes(lock)) return;
  const name = `pte:${vma.mm}:${hex(address)}`;
  tx.violate(UNSTABLE, name, `${tx.op} maps a fresh page at ${hex(address)} of mm:${vma.mm}, which was reaped`);
}

/** A page-table lock is let go of: whoever takes it next can see MMF_UNSTABLE. */
export function forgetHeld(tx: StepContext, mm: number, lock: string): void {
  const held = tx.read(heldAsUnstable.of(mm));
  if (!held.includes(lock)) return;
  tx.write(
    heldAsUnstable.of(mm),
    held.filter((one) => one !== lock),
  );
}
