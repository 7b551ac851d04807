import { lockOwner } from "../objects/lock.ts";
import { pageTables } from "../objects/mm.ts";
import { heldAsUnstable, type MmFlag, mmFlag } from "../objects/mm-flags.ts";
import { touchMm } from "./mm-steps.ts";
import { ptlOf } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";

/** set_bit in mm->flags. include/linux/mm_types.h, mm_flags_set() */
export const mmFlagsSet: Step<[number, MmFlag], null> = step("mm_flags_set", (tx, mm, flag) => {
  touchMm(tx, mm);
  if (flag === "unstable" && !tx.read(mmFlag.of(mm, flag))) {
    const locks = tx.read(pageTables.of(mm)).map((table) => ptlOf(mm, table));
    const held = locks.filter((lock) => tx.read(lockOwner.of(lock)) !== null);
    if (held.length > 0) tx.write(heldAsUnstable.of(mm), held);
  }
  tx.write(mmFlag.of(mm, flag), true);
});

/** clear_bit in mm->flags. */
export const mmFlagsClear: Step<[number, MmFlag], null> = step("mm_flags_clear", (tx, mm, flag) => {
  touchMm(tx, mm);
  tx.write(mmFlag.of(mm, flag), false);
});

/** test_bit in mm->flags. */
export const mmFlagsTest: Step<[number, MmFlag], boolean> = step("mm_flags_test", (tx, mm, flag) => {
  touchMm(tx, mm);
  return tx.read(mmFlag.of(mm, flag));
});

/** Whether private memory may be faulted in at all: not after the reaper was there. include/linux/oom.h */
export const checkStableAddressSpace: Step<[number], boolean> = step("check_stable_address_space", (tx, mm) => {
  touchMm(tx, mm);
  return !tx.read(mmFlag.of(mm, "unstable"));
});

export const mmFlagSteps: readonly AnyStep[] = [mmFlagsSet, mmFlagsClear, mmFlagsTest, checkStableAddressSpace];
