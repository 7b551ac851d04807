import type { EndRule } from "../events/machine.ts";
import { areaAt, vmaTree } from "../objects/mm.ts";
import { presentPte, pte } from "../objects/page.ts";
import { vmaFlags, vmaName } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { componentsOf } from "./components-of.ts";
import { PERM } from "./perm.ts";

/** When all is quiet, a writable PTE lies in a VMA with VM_WRITE. While mprotect is under way it need not. */
export const writablePtes: EndRule = {
  ...PERM,
  check(state, report) {
    for (const [[mm, at], entry] of componentsOf(state, pte)) {
      if (presentPte(entry)?.write !== true) continue;
      const address = Number(at);
      const area = areaAt(state.get(vmaTree.of(mm!)), address);
      if (area === undefined || (state.get(vmaFlags.of(area.vma)) & VM.WRITE) !== 0) continue;
      report(`pte:${mm}:${at}`, `is writable, and ${vmaName(area)} has no VM_WRITE`);
    }
  },
};
