import { pteAt } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { checkInstall, needsPtl, ptlName } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { checkUnstable } from "./unstable.ts";
import { accessVma } from "./vma-access.ts";

/**
 * The read half of do_anonymous_page, under the page-table lock: an empty PTE maps the zero page; false if it was
 * filled. mm/memory.c, my_zero_pfn(), pte_mkspecial()
 */
export const setZeroPte: Step<[VmaPtr, number], boolean> = step("set_zero_pte", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return false;
  needsPtl(tx, vma.mm, address);
  if (tx.read(pteAt(vma.mm, address)) !== null) return false;
  checkUnstable(tx, vma, ptr, address, ptlName(vma.mm, address));
  checkInstall(tx, vma, ptr, address);
  tx.write(pteAt(vma.mm, address), { kind: "zero" });
  return true;
});

export const zeroPageSteps: readonly AnyStep[] = [setZeroPte];
