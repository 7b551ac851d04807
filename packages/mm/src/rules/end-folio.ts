import type { EndRule } from "../events/machine.ts";
import { pteHolder } from "../events/pte-steps.ts";
import { pageSlot } from "../objects/page.ts";
import { folioRmap } from "../objects/swap.ts";
import { componentsOf } from "./components-of.ts";
import { FOLIO_RMAP } from "./swap.ts";

/** When all is quiet a folio that was swapped is mapped where its mapping and index say. */
export const folioRmaps: EndRule = {
  ...FOLIO_RMAP,
  check(state, report) {
    for (const [[page], rmap] of componentsOf(state, folioRmap)) {
      if (rmap === null) continue;
      const holder = pteHolder(rmap.mm, rmap.at);
      const { gen, refs } = state.get(pageSlot.of(page!));
      const elsewhere =
        gen === rmap.gen ? Object.keys(refs).find((one) => one.startsWith("pte") && one !== holder) : undefined;
      if (elsewhere === undefined || refs[holder] !== undefined) continue;
      report(
        `page:${page}#${gen}`,
        `page:${page}#${gen} is mapped by ${elsewhere}, its mapping and index name ${holder}`,
      );
    }
  },
};
