import type { StepContext } from "../events/step-context.ts";
import { vmaTree } from "../objects/mm.ts";
import { type PagePtr, pageName, pageSlot } from "../objects/page.ts";
import { vmaName, vmaSlot } from "../objects/vma.ts";
import { DRV_STATE, ZAP_COMPLETE } from "../rules/driver.ts";
import { binderAlloc } from "./binder-alloc.ts";

/** DRV-STATE at close: the driver is told that its memory is unmapped while another VMA of it stands. */
export function forgetsLiveVma(tx: StepContext, alloc: number): void {
  const { mm, ops } = tx.read(binderAlloc.of(alloc));
  for (const { vma, gen } of tx.read(vmaTree.of(mm))) {
    const area = tx.read(vmaSlot.of(vma));
    if (area.ops !== ops || area.owner !== `binder${alloc}`) continue;
    const name = vmaName({ vma, gen });
    tx.violate(DRV_STATE, `binder:${alloc}`, `binder:${alloc} forgets its mapping while ${name} still maps it`);
    return;
  }
}

/**
 * ZAP-COMPLETE when a driver drops its reference on a page: a PTE still maps it, in a VMA that nobody is unmapping.
 * The PTE's own reference keeps the page alive: weird, not unsafe.
 */
export function stillMapped(tx: StepContext, alloc: number, page: PagePtr): void {
  const { gen, refs } = tx.read(pageSlot.of(page.page));
  if (gen !== page.gen) return;
  for (const holder of Object.keys(refs)) {
    const [, mm, at] = /^pte(\d+)\.(0x[0-9a-f]+)$/.exec(holder) ?? [];
    if (mm === undefined || at === undefined) continue;
    const address = Number(at);
    if (!tx.read(vmaTree.of(Number(mm))).some(({ start, end }) => start <= address && address < end)) continue;
    tx.violate(ZAP_COMPLETE, pageName(page), `binder:${alloc} gives back ${pageName(page)}, which ${at} still maps`);
    return;
  }
}
