import type { EndRule } from "../events/machine.ts";
import { areaAt, vmaTree } from "../objects/mm.ts";
import { pageMapping, presentPte, pte } from "../objects/page.ts";
import { linearPageIndex, vmaSlot } from "../objects/vma.ts";
import { componentsOf } from "./components-of.ts";
import { FOLIO_RMAP } from "./swap.ts";

/** When all is quiet anonymous memory is mapped where its index says. */
export const folioRmaps: EndRule = {
  ...FOLIO_RMAP,
  check(state, report) {
    for (const [[mm, at], entry] of componentsOf(state, pte)) {
      const mapped = presentPte(entry);
      const mapping = mapped === null ? null : state.get(pageMapping.of(mapped.page));
      if (mapped === null || mapping === null || !("anonVma" in mapping)) continue;
      const address = Number(at);
      const area = areaAt(state.get(vmaTree.of(mm!)), address);
      if (area === undefined) continue;
      const index = linearPageIndex(state.get(vmaSlot.of(area.vma)), address);
      if (index === mapping.index) continue;
      const name = `page:${mapped.page}#${mapped.gen}`;
      report(name, `${name} is mapped at ${at} of mm:${mm}, where index ${index} lies; its own is ${mapping.index}`);
    }
  },
};
