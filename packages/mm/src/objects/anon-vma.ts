import { component, type Kind, type Ref } from "../store/component.ts";
import type { Slab } from "./vma.ts";

/** vma->anon_vma: which one, null before the first anonymous fault. */
export const vmaAnonVma: Kind<number | null> = component("vma:#/anon_vma", null);

/** The slab of anon_vmas. */
export const anonVmaSlab: Ref<Slab> = component<Slab>("slab/anon_vma", { slots: 0, free: [] }).of();
