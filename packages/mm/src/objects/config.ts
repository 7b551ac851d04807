import { component, type Ref } from "../store/component.ts";

/**
 * How rwsems behave. `fair`: as in the kernel, with a queue; readers may steal or queue, a waiter fails trylocks.
 * `plain`: no queue at all, the form of the published benchmarks.
 */
export const rwsemForm: Ref<"fair" | "plain"> = component<"fair" | "plain">("config/rwsem", "fair").of();

/** Which per-VMA locks the kernel has: with none, mmap_lock alone guards the fields of a VMA. */
export const vmaLockForm: Ref<"none" | "rwsem" | "refcnt"> = component<"none" | "rwsem" | "refcnt">(
  "config/vma_lock",
  "rwsem",
).of();

/** How VMAs go back to their slab: at once, after a grace period, or at once to memory that stays VMAs. */
export const vmaSlabForm: Ref<"at-once" | "call-rcu" | "typesafe"> = component<"at-once" | "call-rcu" | "typesafe">(
  "config/vma_slab",
  "call-rcu",
).of();

/** vm.mmap_min_addr, in bytes: what the kernel places by itself it does not place below. */
export const mmapMinAddr: Ref<number> = component("config/mmap_min_addr", 0x1_0000).of();
