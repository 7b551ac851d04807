import { describe, expect, it } from "vitest";
import { apply, kernelMachine, type PagePtr, type Transition, type Value, VM, type VmaPtr } from "../src/index.ts";
import type { KindName } from "./hostile/kinds.ts";
import { parameters } from "./hostile/parameters.ts";
import { swapSlots } from "../src/objects/swap.ts";
import { AT, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/** The first of each kind that is as it should be: only the object in question is not. */
const fine: Record<KindName, Value> = {
  mm: 0,
  mmOrNull: 0,
  vma: { vma: 1, gen: 1 },
  vmaOrNull: null,
  vmas: [],
  page: { page: 0, gen: 1 },
  pageOrNull: null,
  bool: true,
  alloc: 0,
  index: 0,
  address: 2 * AT,
  flags: VM.READ,
  length: PAGE,
  count: 1,
  task: 1,
  lock: "a0",
  rwsem: "s0",
  name: "x",
  counter: "n",
  names: [],
  words: {},
  value: 0,
  integer: 1,
  inode: 0,
  file: 0,
  slot: 0,
  ctx: 1,
  ctxOrNull: 1,
  id: 1,
  ops: "other",
  owner: "other0",
  holder: "fd",
  mmFlag: "unstable",
  failure: "page",
  uffdMode: "missing",
  uffdEvent: "remove",
  uffdEvents: [],
  walk: "once",
  tree: "maple",
  field: "vm_flags",
  access: "read",
  where: "here",
  pageType: "file",
  api: "v16",
  method: "flags",
  driver: null,
  item: { alloc: 0, index: 0 },
  work: { work: "____fput", file: 0, ops: "", owner: "" },
  range: { mm: 0, start: AT, end: 2 * AT, flags: 0, pgoff: 0, ops: "", owner: "", file: null, self: null },
};

/** Addresses rise from one parameter to the next, so that two make a range. */
function argument(kind: KindName, place: number): Value {
  return kind === "address" ? 2 * AT + place * PAGE : fine[kind];
}

/** Each step with a parameter of this kind, once for every such parameter, which gets this value. */
function calls(kind: KindName, value: Value): [op: string, args: Value[]][] {
  return Object.entries(parameters).flatMap(([op, list]) => {
    const names = list.split(" ") as KindName[];
    return names.flatMap((name, i): [string, Value[]][] =>
      name === kind && op !== "rust_handle_new"
        ? [[op, names.map((each, j) => (i === j ? value : argument(each, j)))]]
        : [],
    );
  });
}

/** Task 1 lives in mm 0, holds its mmap_lock for writing and the rmap locks: nothing is missing but the object. */
function world(profile = "linux-6.12"): { w: World; mm: number } {
  const w = new World(3, profile);
  const mm = w.mm(1);
  w.as(1, w.k.doDentryOpen(0, "", ""));
  w.table.apply(new Map([[swapSlots as never, 1]]));
  return { w, mm };
}

const call = (w: World, op: string, args: readonly Value[]): Transition =>
  apply(kernelMachine, w.table, { task: 1, op, args });

/** The steps that are given the object of this name and do not say that it is gone; `any`: that say nothing at all. */
function silent(kind: KindName, value: Value, name: string, make: () => World, any = false): string[] {
  const ops = calls(kind, value).flatMap(([op, args]) => {
    const { violations } = call(make(), op, args);
    const says = violations.some(({ object, message }) => any || object === name || message.includes(name));
    return says || op in ONLY_COMPARE || op in (any ? LOCKLESS : {}) ? [] : [op];
  });
  return [...new Set(ops)];
}

/** Steps that keep a pointer, or compare it with one that they find, and touch nothing behind it if it is another. */
const ONLY_COMPARE: Readonly<Record<string, string>> = {
  handle_userfault: "waits for a PTE or for the context of this generation to go",
  handle_userfault_wp: "waits for a PTE or for the context of this generation to go",
  set_pte_range_uffd_wp: "asks first whether the PTE is a marker",
  plain_access_end: "closes the window that its begin has opened",
  binder_alloc_set_vma: "stores the pointer: who uses it later is told",
  pfn_device_probe: "stores the pointer: who maps the frame later is told",
  wp_page_copy: "compares with what the PTE maps",
  folio_try_get: "takes a reference of the page that is there, if it is still the one",
  try_to_unmap_lazyfree: "compares with what the PTE maps",
  try_to_unmap_one: "compares with what the PTE maps",
  do_swap_page: "compares with what the PTE names",
  folio_matches_swap_entry: "compares with what the swap cache has",
  folio_free_swap: "compares with what the swap cache has",
  try_to_migrate_one: "compares with what the PTE maps",
  is_migration_entry: "compares with what the PTE names",
  remove_migration_pte: "compares with what the PTE names",
};

/** Steps that look at page tables, or wait, where the kernel takes no lock: with no mm there is nothing to find. */
const LOCKLESS: Readonly<Record<string, string>> = {
  mmap_write_lock_slowpath: "waits for ever, for it has not queued",
  mmap_write_lock_killable_slowpath: "waits for a signal, for it has not queued",
  pte_offset_map_lock: "finds no table, and would lock an empty one",
  pte_offset_map: "finds no table",
  pte_lock: "locks what pte_offset_map has found",
  pmdp_collapse_flush: "finds no table",
  ptep_get: "reads an entry that is none",
  user_access: "faults",
  user_load: "faults",
  user_store: "faults",
  tlb_finish_mmu: "has gathered nothing",
  vm_fault_retry: "asks for the locks of the task only",
};

/** A VMA that was unmapped; `again`: its memory is another one's by now. */
function withGoneVma(again: boolean): { w: World; vma: VmaPtr } {
  const { w, mm } = world();
  const vma = mapAt(w, mm, AT, 1);
  mapAt(w, mm, 2 * AT, 8, VM.READ);
  w.as(1, w.k.munmap(mm, AT, PAGE));
  if (again) mapAt(w, mm, AT, 1);
  w.as(1, w.k.mmapWriteLock(mm));
  return { w, vma };
}

describe("steps that are given what is gone", () => {
  it.each([false, true])("a freed VMA, recycled: %s", (again) => {
    expect(silent("vma", withGoneVma(again).vma, "vma:0#1", () => withGoneVma(again).w)).toEqual([]);
  });

  it("a freed page", () => {
    const make = (): World => {
      const { w, mm } = world();
      mapAt(w, mm, AT, 1);
      mapAt(w, mm, 2 * AT, 8);
      w.as(1, w.k.putPage(w.as(1, w.k.allocPage())));
      w.as(1, w.k.mmapWriteLock(mm));
      return w;
    };
    expect(silent("page", { page: 0, gen: 1 } satisfies PagePtr, "page:0#1", make)).toEqual([]);
  });

  it("a freed mm, and one that never was", () => {
    const make = (): World => {
      const { w, mm } = world();
      w.as(1, w.k.exitProcess(mm));
      return w;
    };
    expect(silent("mm", 0, "mm:0", make, true)).toEqual([]);
    expect(silent("mm", 9, "mm:9", make, true)).toEqual([]);
  });

  it("a released file, and one that never was", () => {
    const make = (): World => {
      const { w, mm } = world();
      mapAt(w, mm, AT, 1);
      mapAt(w, mm, 2 * AT, 8, VM.READ);
      w.as(1, w.k.filpClose(0));
      w.as(1, w.k.mmapWriteLock(mm));
      return w;
    };
    expect(silent("file", 0, "file:0", make)).toEqual([]);
    expect(silent("file", 9, "file:9", make)).toEqual([]);
  });
});
