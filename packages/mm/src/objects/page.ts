import { component, type Kind, type Ref } from "../store/component.ts";
import { PAGE_NAME_SET, renameEntries, renamePageKeys } from "../store/page-names.ts";
import { renameKeys } from "../store/task-names.ts";
import { canonical } from "../store/value.ts";
import { hex, PAGE_SIZE } from "./address.ts";
import type { Slab } from "./vma.ts";

/** A struct page with its references, by holder: a PTE, a driver's slot, a task, a gather. */
export const pageSlot: Kind<Page> = component<Page>(
  "page:#",
  { gen: 0, state: "free", refs: {} },
  { value: (page, rename) => ({ ...page, refs: renameKeys(page.refs, rename) }) },
  { value: (page, rename) => ({ ...page, refs: renamePageKeys(page.refs, rename) }) },
);
export type Page = {
  readonly gen: number;
  readonly state: "free" | "live";
  readonly refs: Readonly<Record<string, number>>;
};

/** The page allocator: slots ever used, and the free ones among them. */
export const pagePool: Ref<Slab> = component<Slab>("slab/page", { slots: 0, free: [] }).of();

/**
 * What a page holds, as far as it is not zero: bytes by their offset in the page. They are those of one generation of the
 * slot; a page of another one is all zeroes.
 */
export const pageBytes: Kind<PageBytes> = component<PageBytes>("page:#/bytes", { gen: 0, bytes: {} });
export type PageBytes = { readonly gen: number; readonly bytes: Readonly<Record<string, number>> };

/** A pointer to a page. */
export type PagePtr = { readonly page: number; readonly gen: number };

/** Name of a page's folio lock. */
export function folioLock({ page }: PagePtr): string {
  return `folio_lock${page}`;
}

/** A page-table entry: none, present, or one of the kinds that the hardware takes for none. */
export const pte: Kind<Pte> = component<Pte>("pte:#:#", null, {}, { ids: [1] });
export type Pte = null | PresentPte | ZeroPte | MigrationPte | SwapPte | MarkerPte;

/** A PTE that the hardware follows. It holds a reference on its page unless it is special. */
export type PresentPte = PagePtr & {
  readonly write: boolean;
  /** A bare frame number (VM_PFNMAP, or such a PTE in VM_MIXEDMAP): no reference, no rmap. */
  readonly special?: true;
  /** A monitor wants to know of writes (pte_uffd_wp). */
  readonly uffdWp?: true;
  /** MADV_FREE has cleared the dirty bit, and nobody has written since. */
  readonly clean?: true;
  /** PROT_NONE: no access at all (pte_protnone). */
  readonly none?: true;
};
/**
 * The zero page, for reading only (pte_mkspecial of my_zero_pfn): nobody's, so that it needs no reference, no rmap and no
 * anon_vma. Which of the kernel's zeroes a TLB has nobody can tell.
 */
export type ZeroPte = { readonly kind: "zero"; readonly none?: true };
/** The page is on the move. The entry keeps the write bit and holds no reference. */
export type MigrationPte = PagePtr & { readonly kind: "migration"; readonly write: boolean };
/** The page's contents lie in a slot of the swap device. */
export type SwapPte = { readonly kind: "swap"; readonly slot: number };
/** Nothing is mapped, and that means something. */
export type MarkerPte = { readonly kind: "marker"; readonly marker: "guard" | "uffd-wp" | "poison" };

/** The entry when it maps a page of its own, else null. */
export function presentPte(entry: Pte): PresentPte | null {
  return entry === null || "kind" in entry ? null : entry;
}

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

/**
 * A task's mmu_gather: PTEs it has cleared, or taken rights from, and for which it owes a TLB flush. References on
 * their pages are dropped after that.
 */
export const gather: Kind<readonly Gathered[]> = component<readonly Gathered[]>(
  "task:#/gather",
  [],
  { ids: [0] },
  { value: (gathered, rename) => renameEntries(gathered, rename, canonical) },
);
export type Gathered = {
  readonly mm: number;
  readonly at: number;
  /** The page whose reference waits; null for a special PTE and for one that only lost rights. */
  readonly page: PagePtr | null;
};

/** What a page is for, as far as a rule asks. Empty: ordinary memory that nobody asked about. */
export const pageType: Kind<PageType> = component<PageType>("page:#/type", "");
export type PageType = "" | "anon" | "lazyfree" | "file" | "driver" | "slab" | "pfn";

/** The special PTEs that map a page, by name: they hold no reference, so that only this tells of them. */
export const pfnMaps: Kind<readonly string[]> = component<readonly string[]>("page:#/pfn_maps", [], {}, PAGE_NAME_SET);

/** Number of PTEs that map the page and hold a reference: folio_mapcount(). */
export function mapcount(page: Page): number {
  let count = 0;
  for (const holder in page.refs) if (holder.startsWith("pte")) count += page.refs[holder]!;
  return count;
}

/** page->mapping and page->index: where rmap looks for the page's PTEs; null for a page that rmap does not know. */
export const pageMapping: Kind<PageMapping> = component<PageMapping>(
  "page:#/mapping",
  null,
  {},
  {
    // Private anonymous memory counts its pages from address 0.
    value: (mapping, rename) =>
      mapping === null || "inode" in mapping
        ? mapping
        : { ...mapping, index: rename(mapping.index * PAGE_SIZE) / PAGE_SIZE },
  },
);
export type PageMapping =
  null | { readonly inode: number; readonly index: number } | { readonly anonVma: number; readonly index: number };
