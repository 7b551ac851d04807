import { component, type Kind, type Ref } from "../store/component.ts";
import type { Slab, VmaPtr } from "./vma.ts";

/** A struct anon_vma in its slot of a type-stable slab. */
export const anonVma: Kind<AnonVma> = component<AnonVma>("anon_vma:#", { gen: 0, root: 0, users: 0, vmas: [] });
export type AnonVma = {
  readonly gen: number;
  /** The slot whose rwsem guards it: its own, or that of the oldest ancestor. */
  readonly root: number;
  /** VMAs whose vma->anon_vma it is. */
  readonly users: number;
  /** The VMAs that a walk for one of its pages must look into, in the order of the walk. Empty: the slot is free. */
  readonly vmas: readonly VmaPtr[];
};

/** The slab: slots ever used, and the free ones among them. */
export const anonVmaSlab: Ref<Slab> = component<Slab>("slab/anon_vma", { slots: 0, free: [] }).of();

/** vma->anon_vma: which one, null before the first anonymous fault. */
export const vmaAnonVma: Kind<number | null> = component("vma:#/anon_vma", null);

/** vma->anon_vma_chain: every anon_vma in which rmap finds the VMA. All have one root. */
export const anonVmaChain: Kind<readonly number[]> = component<readonly number[]>("vma:#/anon_vma_chain", []);

/** Name of the rwsem of an anon_vma with this root. */
export function anonVmaLock(root: number): string {
  return `anon_vma${root}`;
}
