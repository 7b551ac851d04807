import { PAGE_SIZE } from "@faultline/mm";
import { field, number, pointer } from "./fields.ts";
import type { BinderPageKind, TraceEvent } from "./trace-event.ts";

/** What the binder driver's events and the kprobes around them say, by name. drivers/android/binder_trace.h */
export const BINDER_READERS: Readonly<Record<string, (text: string) => TraceEvent | undefined>> = {
  binder_update_page_range: parseUpdate,
  binder_alloc_page_start: binderPage("page_start"),
  binder_alloc_lru_start: binderPage("alloc_lru_start"),
  binder_free_lru_start: binderPage("free_lru_start"),
  binder_unmap_user_start: binderPage("unmap_user_start"),
  binder_unmap_user_end: binderPage("unmap_user_end"),
  insert_page: (text) => {
    const vma = pointer(field(text, "vma"));
    const address = number(field(text, "addr"));
    return vma === undefined || address === undefined ? undefined : { kind: "insert_page", vma, address };
  },
  insert_page_ret: (text) => {
    const value = number(field(text, "ret"));
    return value === undefined ? undefined : { kind: "insert_page_ret", result: value };
  },
  zap_range: parseZap,
  zap_single: parseZap,
  free_page_ret: (text) => {
    const status = number(field(text, "status"));
    return status === undefined ? undefined : { kind: "free_page_ret", status };
  },
  munmap_vma_close: (text) => {
    const vma = pointer(field(text, "vma"));
    return vma === undefined ? undefined : { kind: "vma_close", vma };
  },
  mmput_async: (text) => {
    const mm = pointer(field(text, "mm"));
    return mm === undefined ? undefined : { kind: "mmput_async", mm };
  },
  mm_shrink_slab_start: (text) => {
    if (!isBinderShrinker(text)) return { kind: "ignored", name: "mm_shrink_slab_start" };
    const scan = number(/ total_scan (\d+)/.exec(text)?.[1]);
    const items = number(/ cache items (\d+)/.exec(text)?.[1]);
    return scan === undefined || items === undefined ? undefined : { kind: "shrink_start", items, scan };
  },
  mm_shrink_slab_end: (text) => {
    if (!isBinderShrinker(text)) return { kind: "ignored", name: "mm_shrink_slab_end" };
    const freed = number(/ last shrinker return val (-?\d+)/.exec(text)?.[1]);
    return freed === undefined ? undefined : { kind: "shrink_end", freed };
  },
};

function parseUpdate(text: string): TraceEvent | undefined {
  const [proc, allocate, offset, size] = ["proc", "allocate", "offset", "size"].map((key) => number(field(text, key)));
  if (proc === undefined || (allocate !== 0 && allocate !== 1)) return undefined;
  if (offset === undefined || size === undefined || offset % PAGE_SIZE !== 0 || size % PAGE_SIZE !== 0)
    return undefined;
  const range = { first: offset / PAGE_SIZE, count: size / PAGE_SIZE };
  return range.first < 0 || range.count < 0
    ? undefined
    : { kind: "update_range", proc, allocate: allocate === 1, range };
}

function binderPage(kind: BinderPageKind): (text: string) => TraceEvent | undefined {
  return (text) => {
    const proc = number(field(text, "proc"));
    const index = number(field(text, "page_index"));
    return proc === undefined || index === undefined || index < 0 ? undefined : { kind, proc, index };
  };
}

function parseZap(text: string): TraceEvent | undefined {
  const vma = pointer(field(text, "vma"));
  const address = number(field(text, "addr"));
  const size = number(field(text, "size"));
  if (vma === undefined || address === undefined || size === undefined) return undefined;
  return { kind: "zap", vma, address, size };
}

function isBinderShrinker(text: string): boolean {
  return text.startsWith(" binder_shrink_scan+");
}
