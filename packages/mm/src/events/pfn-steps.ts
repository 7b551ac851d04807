import { pageName, type PagePtr, pfnMaps, pteAt } from "../objects/page.ts";
import { vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { ERRNO } from "../objects/errno.ts";
import { INS_NOT_PFN } from "../rules/insert.ts";
import { pageIsLive } from "./page-refs.ts";
import { install, needsPtl, pteHolder } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { accessVma } from "./vma-access.ts";

/**
 * insert_pfn: fills an empty PTE with a bare frame number, for which nobody takes a reference: 0, or -EBUSY. Wants a
 * VMA with VM_PFNMAP or VM_MIXEDMAP. mm/memory.c
 */
export const insertPfn: Step<[VmaPtr, number, PagePtr, boolean], number> = step(
  "insert_pfn",
  (tx, ptr, address, page, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return ERRNO.EFAULT;
    needsPtl(tx, vma.mm, address);
    if ((tx.read(vmaFlags.of(ptr.vma)) & (VM.PFNMAP | VM.MIXEDMAP)) === 0) {
      tx.violate(
        INS_NOT_PFN,
        vmaName(ptr),
        `insert_pfn(${pageName(page)}) into ${vmaName(ptr)}, which takes no frames`,
      );
    }
    if (tx.read(pteAt(vma.mm, address)) !== null) return ERRNO.EBUSY;
    if (!pageIsLive(tx, page)) return 0;
    install(tx, vma, ptr, address, { ...page, write, special: true });
    const holder = pteHolder(vma.mm, address);
    tx.write(pfnMaps.of(page.page), [...tx.read(pfnMaps.of(page.page)), holder].sort());
    return 0;
  },
);

export const pfnSteps: readonly AnyStep[] = [insertPfn];
