import { component, type Kind, type Ref } from "../store/component.ts";
import type { PagePtr } from "./page.ts";

/** Number of slots of the swap device. */
export const swapSlots: Ref<number> = component("swap_slots", 0).of();

/** swap_map: how many PTEs name this slot. */
export const swapCount: Kind<number> = component("swap:#/count", 0);

/** The swap cache: the folio whose contents the slot has, or gets. It holds a reference on it. */
export const swapCache: Kind<PagePtr | null> = component<PagePtr | null>("swap:#/cache", null);

/** The name under which the swap cache holds a folio. */
export function swapHolder(slot: number): string {
  return `swapcache${slot}`;
}
