import type { EndRule } from "../events/machine.ts";
import { writeLocked } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { vmaName, vmaSlot } from "../objects/vma.ts";
import { componentsOf } from "./components-of.ts";
import { VW_ENDS } from "./vma-lock.ts";

/** When all is quiet and nobody holds mmap_write_lock, no VMA is write-locked: else none of them is ever read-locked. */
export const vmaWriteLocksEnd: EndRule = {
  ...VW_ENDS,
  check(state, report) {
    for (const [[mm], locked] of componentsOf(state, writeLocked)) {
      if (locked.length === 0 || state.get(mmapLock(Number(mm)).writer) !== null) continue;
      for (const vma of locked) {
        const name = vmaName({ vma, gen: state.get(vmaSlot.of(vma)).gen });
        report(name, `${name} is write-locked and nobody holds mmap_write_lock`);
      }
    }
  },
};
