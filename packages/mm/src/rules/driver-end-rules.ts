import { binderAlloc } from "../drivers/binder-alloc.ts";
import { BINDER_LRU, binderMapped, binderPage, binderSkipped, binderStart } from "../drivers/binder-state.ts";
import type { EndRule } from "../events/machine.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { lruList } from "../objects/lru.ts";
import { mmLife, vmaTree } from "../objects/mm.ts";
import { vmaSlot } from "../objects/vma.ts";
import { componentsOf } from "./components-of.ts";
import { DRV_STATE, RECLAIM_LIVE } from "./driver.ts";

/** When all is quiet, a driver that believes it is mapped has a VMA. */
const driverState: EndRule = {
  ...DRV_STATE,
  check(state, report) {
    for (const [[alloc], { mm, ops }] of componentsOf(state, binderAlloc)) {
      if (!state.get(binderMapped.of(alloc!))) continue;
      const own = state.get(vmaTree.of(mm)).some(({ vma }) => {
        const area = state.get(vmaSlot.of(vma));
        return area.ops === ops && area.owner === `binder${alloc}`;
      });
      if (!own) report(`binder:${alloc}`, `binder:${alloc} believes that it is mapped, and no VMA is its own`);
    }
  },
};

/** When all is quiet, no unused page was skipped because of a VMA that still stands at its address. */
const reclaimLive: EndRule = {
  ...RECLAIM_LIVE,
  check(state, report) {
    for (const [[alloc], { mm, pages }] of componentsOf(state, binderAlloc)) {
      if (state.get(mmLife.of(mm)) !== "live" || state.get(binderMapped.of(alloc!))) continue;
      for (let index = 0; index < pages; index++) {
        const skipped = state.get(binderSkipped.of(alloc!, index));
        const page = state.get(binderPage.of(alloc!, index));
        if (skipped === null || page === null || page.page !== skipped.page || page.gen !== skipped.gen) continue;
        const onList = state.get(lruList.of(BINDER_LRU)).some((one) => one.alloc === alloc && one.index === index);
        const address = state.get(binderStart.of(alloc!)) + index * PAGE_SIZE;
        const inTheWay = state.get(vmaTree.of(mm)).find(({ start, end }) => start <= address && address < end);
        if (!onList || inTheWay === undefined) continue;
        report(
          `binder:${alloc}/page:${index}`,
          `page:${page.page} is unused, and every scan skips it while vma:${inTheWay.vma} stands at its address`,
        );
      }
    }
  },
};

export const driverEndRules: readonly EndRule[] = [driverState, reclaimLive];
