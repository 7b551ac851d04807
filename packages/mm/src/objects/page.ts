import { component, type Kind, type Ref } from "../store/component.ts";
import { hex } from "./address.ts";
import type { Slab } from "./vma.ts";

/** A struct page with its references, by holder: a PTE, a driver's slot, a task, a gather. */
export const pageSlot: Kind<Page> = component<Page>("page:#", { gen: 0, state: "free", refs: {} });
export type Page = {
  readonly gen: number;
  readonly state: "free" | "live";
  readonly refs: Readonly<Record<string, number>>;
};

/** The page allocator: slots ever used, and the free ones among them. */
export const pagePool: Ref<Slab> = component<Slab>("slab/page", { slots: 0, free: [] }).of();

/** A pointer to a page. */
export type PagePtr = { readonly page: number; readonly gen: number };

/** A page-table entry: none, or a present one. */
export const pte: Kind<Pte> = component<Pte>("pte:#:#", null);
export type Pte = null | { readonly page: number; readonly gen: number; readonly write: boolean };

const ptes = new Map<number, Map<number, Ref<Pte>>>();

/** The PTE that maps this address. Ranges are walked PTE by PTE, so the spelling of each is worth remembering. */
export function pteAt(mm: number, address: number): Ref<Pte> {
  let known = ptes.get(mm);
  if (known === undefined) ptes.set(mm, (known = new Map<number, Ref<Pte>>()));
  let ref = known.get(address);
  if (ref === undefined) known.set(address, (ref = pte.of(mm, hex(address))));
  return ref;
}

/** `page:2#1`: slot and generation. */
export function pageName(ptr: PagePtr): string {
  return `page:${ptr.page}#${ptr.gen}`;
}

/** Pages whose PTEs a task has cleared and whose references it drops after the TLB flush. */
export const gather: Kind<readonly PagePtr[]> = component<readonly PagePtr[]>("task:#/gather", []);
