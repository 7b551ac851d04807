import { ashmemArea } from "../drivers/ashmem-state.ts";
import { binderAlloc } from "../drivers/binder-alloc.ts";
import { BINDER_LRU, binderMapped, binderPage, binderSkipped, binderStart } from "../drivers/binder-state.ts";
import type { EndRule } from "../events/machine.ts";
import { hex, PAGE_SIZE, pagesFrom } from "../objects/address.ts";
import { lruList } from "../objects/lru.ts";
import { areaAt, mmLife, vmaTree } from "../objects/mm.ts";
import { pageName, pteAt } from "../objects/page.ts";
import { vmaName, vmaSlot } from "../objects/vma.ts";
import { componentsOf } from "./components-of.ts";
import { DRV_PAGE, DRV_STATE, RECLAIM_LIVE } from "./driver.ts";

/** When all is quiet, a driver that believes it is mapped in a living address space has a VMA. */
const driverState: EndRule = {
  ...DRV_STATE,
  check(state, report) {
    for (const [[alloc], { mm, ops }] of componentsOf(state, binderAlloc)) {
      if (!state.get(binderMapped.of(alloc!)) || state.get(mmLife.of(mm)) !== "live") continue;
      const own = state.get(vmaTree.of(mm)).some(({ vma }) => {
        const area = state.get(vmaSlot.of(vma));
        return area.ops === ops && area.owner === `binder${alloc}`;
      });
      if (!own) report(`binder:${alloc}`, `binder:${alloc} believes that it is mapped, and no VMA is its own`);
    }
  },
};

/** When all is quiet, an ashmem area is no larger than its file: pin and purge believe its size. */
const ashmemSize: EndRule = {
  ...DRV_STATE,
  check(state, report) {
    for (const [[area], { size, fileSize }] of componentsOf(state, ashmemArea)) {
      if (fileSize === null || size <= fileSize) continue;
      report(`ashmem:${area}`, `ashmem:${area} is ${size} bytes long, and its file only ${fileSize}`, "S1");
    }
  },
};

/** Drivers that map a page before they hand out its address: their user need not fault. */
const EAGER: ReadonlySet<string> = new Set(["binder", "counted_binder", "rust_binder"]);

/** When all is quiet, a page in use is mapped wherever its driver's VMA stands: else the receiver's read ends in SIGBUS. */
const usedPagesMapped: EndRule = {
  ...DRV_PAGE,
  check(state, report) {
    for (const [[alloc], { mm, ops, pages }] of componentsOf(state, binderAlloc)) {
      if (!EAGER.has(ops)) continue;
      for (let index = 0; index < pages; index++) {
        const page = state.get(binderPage.of(alloc!, index));
        const onList = state.get(lruList.of(BINDER_LRU)).some((one) => one.alloc === alloc && one.index === index);
        if (page === null || onList) continue;
        const address = state.get(binderStart.of(alloc!)) + index * PAGE_SIZE;
        const area = areaAt(state.get(vmaTree.of(mm)), address);
        const vma = area === undefined ? vmaSlot.initial : state.get(vmaSlot.of(area.vma));
        const place = vma.pgoff + pagesFrom(vma.start, address);
        const own = vma.ops === ops && vma.owner === `binder${alloc}` && place === index;
        if (!own || state.get(pteAt(mm, address)) !== null) continue;
        report(`binder:${alloc}/page:${index}`, `${pageName(page)} is in use, and ${hex(address)} maps nothing`, "S6");
      }
    }
  },
};

/**
 * When all is quiet, no unused page was skipped because of a VMA that still stands at its address. Nor for ever, where a
 * reclaimer that goes round and round never lets it be quiet.
 */
const reclaimLive: EndRule = {
  ...RECLAIM_LIVE,
  throughout: binderSkipped,
  check(state, report) {
    for (const [[alloc], { mm, pages }] of componentsOf(state, binderAlloc)) {
      if (state.get(mmLife.of(mm)) !== "live" || state.get(binderMapped.of(alloc!))) continue;
      for (let index = 0; index < pages; index++) {
        const skipped = state.get(binderSkipped.of(alloc!, index));
        const page = state.get(binderPage.of(alloc!, index));
        if (skipped === null || page?.page !== skipped.page || page.gen !== skipped.gen) continue;
        const onList = state.get(lruList.of(BINDER_LRU)).some((one) => one.alloc === alloc && one.index === index);
        const address = state.get(binderStart.of(alloc!)) + index * PAGE_SIZE;
        const inTheWay = areaAt(state.get(vmaTree.of(mm)), address);
        if (!onList || inTheWay === undefined) continue;
        report(
          `binder:${alloc}/page:${index}`,
          `${pageName(page)} is unused, and every scan skips it while ${vmaName(inTheWay)} stands at its address`,
        );
      }
    }
  },
};

export const driverEndRules: readonly EndRule[] = [driverState, ashmemSize, usedPagesMapped, reclaimLive];
