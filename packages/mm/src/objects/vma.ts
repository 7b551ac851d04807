import { component, type Kind, type Ref } from "../store/component.ts";
import { pagesFrom } from "./address.ts";

/**
 * A vm_area_struct in its slot of the slab. Freed memory is a state: a stale pointer finds a freed or a recycled VMA.
 */
export const vmaSlot: Kind<Vma> = component<Vma>("vma:#", freeSlot(0), {
  value: (vma, rename) => (vma.by === null ? vma : { ...vma, by: rename(vma.by) }),
});
export type Vma = {
  /** How often the slot was allocated. A pointer names the one it was made for. */
  readonly gen: number;
  /** `new`: in its mmap hook, in no tree. `detached`: taken out of the tree by its unmapper. */
  readonly state: "free" | "new" | "attached" | "detached";
  /** The task that maps or unmaps it, while it is new or detached. */
  readonly by: number | null;
  readonly mm: number;
  readonly start: number;
  /** First byte after the area. */
  readonly end: number;
  /** Offset of the area in its file, in pages. */
  readonly pgoff: number;
  /** What vm_ops points to, by name; empty for anonymous memory. */
  readonly ops: string;
  /** What vm_private_data points to, by name. */
  readonly owner: string;
  /** The struct file that is mapped, null for anonymous memory and where the model has no file. */
  readonly file: number | null;
  /** VM_READ, VM_WRITE, VM_EXEC: accesses that the driver's mmap hook refused, which this mapping must never get. */
  readonly refused?: number;
  /** The access flags that vm_page_prot was made from, while vm_flags says something else already. */
  readonly prot?: number;
  /** VM_MAYBE_GUARD: guard markers may stand in its page tables. Set atomically under a read lock, never cleared. */
  readonly guard?: true;
  /** VM_SEALED: it stays where it is, and what it is (mseal, 6.10). Never cleared. */
  readonly sealed?: true;
};

// Copies of a VMA are written out where they can be: records of one shape cost a tenth of records of several, and what
// `...` makes of several shapes is one more.

/** Whether it has none of the fields that most VMAs lack. */
function isPlain(vma: Vma): boolean {
  return vma.refused === undefined && vma.prot === undefined && vma.guard === undefined && vma.sealed === undefined;
}

/** The VMA in another state, of this task. */
export function withState(vma: Vma, state: Vma["state"], by: number | null): Vma {
  if (!isPlain(vma)) return { ...vma, state, by };
  const { gen, mm, start, end, pgoff, ops, owner, file } = vma;
  return { gen, state, by, mm, start, end, pgoff, ops, owner, file };
}

/** The VMA over another range. */
export function withRange(vma: Vma, start: number, end: number, pgoff: number, gen: number = vma.gen): Vma {
  if (!isPlain(vma)) return { ...vma, gen, start, end, pgoff };
  const { state, by, mm, ops, owner, file } = vma;
  return { gen, state, by, mm, start, end, pgoff, ops, owner, file };
}

/** The VMA with a vm_page_prot that follows vm_flags. */
export function withoutProt(vma: Vma): Vma {
  const { gen, state, by, mm, start, end, pgoff, ops, owner, file, refused, guard, sealed } = vma;
  const plain = { gen, state, by, mm, start, end, pgoff, ops, owner, file };
  if (refused === undefined && guard === undefined && sealed === undefined) return plain;
  return { ...plain, ...(refused !== undefined && { refused }), ...(guard && { guard }), ...(sealed && { sealed }) };
}

/** A free slot, with the generation that it had last. */
export function freeSlot(gen: number): Vma {
  return { gen, state: "free", by: null, mm: 0, start: 0, end: 0, pgoff: 0, ops: "", owner: "", file: null };
}

/** vm_flags: see {@link VM}. */
export const vmaFlags: Kind<number> = component("vma:#/flags", 0);

/** Tasks that hold the VMA read lock, one slot each. */
export const vmaReader: Kind<number> = component("vma:#/reader:#", 0, { ids: [1] });

/** The slab: slots ever used, and the free ones among them. */
export const vmaSlab: Ref<Slab> = component<Slab>("slab/vma", { slots: 0, free: [] }).of();
export type Slab = { readonly slots: number; readonly free: readonly number[] };

/** A pointer to a VMA. */
export type VmaPtr = { readonly vma: number; readonly gen: number };

/** `vma:0#1`: slot and generation. */
export function vmaName(ptr: VmaPtr): string {
  return `vma:${ptr.vma}#${ptr.gen}`;
}

/** linear_page_index: the offset, in pages, at which this address of the VMA lies. include/linux/pagemap.h */
export function linearPageIndex({ pgoff, start }: Pick<Vma, "pgoff" | "start">, address: number): number {
  return pgoff + pagesFrom(start, address);
}
