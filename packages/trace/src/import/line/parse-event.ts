import { PAGE_SIZE } from "@faultline/mm";
import { field, flag, hexadecimal, number, pointer, result } from "./fields.ts";
import { IGNORED } from "./ignored.ts";
import { parseMark } from "./parse-mark.ts";
import type { BinderPageKind, TraceEvent } from "./trace-event.ts";

/** Reads an event's text; undefined when it does not say what such an event always says. */
type Reader = (text: string) => TraceEvent | undefined;

/**
 * What follows the columns of a line: the event, or undefined when it is neither understood nor ignored for a reason.
 */
export function parseEvent(text: string): TraceEvent | undefined {
  if (text.startsWith("sys_")) return parseSyscall(text);
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const name = text.slice(0, colon);
  const read = READERS[name];
  if (read !== undefined && Object.hasOwn(READERS, name)) return read(text.slice(colon + 1));
  return IGNORED.has(name) ? { kind: "ignored", name } : undefined;
}

const READERS: Readonly<Record<string, Reader>> = {
  mmap_lock_start_locking: (text) => {
    const mm = pointer(field(text, "mm"));
    const write = flag(text, "write");
    return mm === undefined || write === undefined ? undefined : { kind: "lock_start", mm, write };
  },
  mmap_lock_acquire_returned: (text) => {
    const mm = pointer(field(text, "mm"));
    const write = flag(text, "write");
    const success = flag(text, "success");
    if (mm === undefined || write === undefined || success === undefined) return undefined;
    return { kind: "lock_got", mm, write, success };
  },
  mmap_lock_released: (text) => {
    const mm = pointer(field(text, "mm"));
    const write = flag(text, "write");
    return mm === undefined || write === undefined ? undefined : { kind: "lock_released", mm, write };
  },
  page_fault_user: (text) => {
    const address = number(field(text, "address"));
    const code = number(field(text, "error_code"));
    return address === undefined || code === undefined
      ? undefined
      : { kind: "fault", address, write: (code & 2) !== 0 };
  },
  ma_write: parseStore,
  binder_update_page_range: (text) => {
    const [proc, allocate, offset, size] = ["proc", "allocate", "offset", "size"].map((key) =>
      number(field(text, key)),
    );
    if (proc === undefined || (allocate !== 0 && allocate !== 1)) return undefined;
    if (offset === undefined || size === undefined || offset % PAGE_SIZE !== 0 || size % PAGE_SIZE !== 0)
      return undefined;
    const range = { first: offset / PAGE_SIZE, count: size / PAGE_SIZE };
    return range.first < 0 || range.count < 0
      ? undefined
      : { kind: "update_range", proc, allocate: allocate === 1, range };
  },
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
  __mmdrop: (text) => {
    const mm = pointer(field(text, "mm"));
    return mm === undefined ? undefined : { kind: "mmdrop", mm };
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
  exit_mmap: (text) => {
    const mm = pointer(/^ mt_mod ([\da-f]+), DESTROY\s*$/.exec(text)?.[1]);
    return mm === undefined ? undefined : { kind: "exit_mmap", mm };
  },
  task_newtask: (text) => {
    const pid = number(field(text, "pid"));
    const flags = hexadecimal(field(text, "clone_flags"));
    const CLONE_VM = 0x100;
    const comm = / comm=(.{1,16}?) clone_flags=/.exec(text)?.[1];
    if (pid === undefined || flags === undefined || comm === undefined) return undefined;
    return { kind: "newtask", pid, comm, sharesMm: (flags & CLONE_VM) !== 0 };
  },
  sched_process_exit: (text) => {
    const pid = number(field(text, "pid"));
    return pid === undefined ? undefined : { kind: "exit", pid };
  },
  tracing_mark_write: (text) => parseMark(text.trimStart()),
};

function binderPage(kind: BinderPageKind): Reader {
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

const STORE = /^ (\w+)\tNode [\da-f]+ \(\d+ \d+\) range:(\d+)-(\d+) piv \(\d+\) val ([\da-f]+)$/;

/** A store of a VMA, or of NULL, into an mm's tree. The range is inclusive. */
function parseStore(text: string): TraceEvent | undefined {
  const match = STORE.exec(text);
  if (match === null) return undefined;
  const [, fn, first, last, value] = match as unknown as [string, string, string, string, string];
  if (fn !== "mas_store" && fn !== "mas_store_prealloc") {
    const name = `ma_write ${fn}`;
    return IGNORED.has(name) ? { kind: "ignored", name } : undefined;
  }
  const start = number(first);
  const inclusive = number(last);
  if (start === undefined || inclusive === undefined || inclusive < start) return undefined;
  return { kind: "store", start, end: inclusive + 1, erase: /^0+$/.test(value) };
}

function isBinderShrinker(text: string): boolean {
  return text.startsWith(" binder_shrink_scan+");
}

function parseSyscall(text: string): TraceEvent | undefined {
  const exit = /^sys_(mmap|munmap) -> (0x[\da-f]+)$/.exec(text);
  if (exit !== null) {
    const value = result(exit[2]!);
    return value === undefined ? undefined : { kind: "sys_exit", name: exit[1] as "mmap" | "munmap", result: value };
  }
  const argument = (name: string): number | undefined =>
    hexadecimal(new RegExp(`[(\\s]${name}: ([\\da-fx]+)[,)]`).exec(text)?.[1]);
  if (text.startsWith("sys_munmap(")) {
    const start = argument("addr");
    const length = argument("len");
    return start === undefined || length === undefined ? undefined : { kind: "sys_munmap", start, length };
  }
  if (!text.startsWith("sys_mmap(")) return undefined;
  const [length, prot, flags, fd] = [argument("len"), argument("prot"), argument("flags"), argument("fd")];
  if (length === undefined || prot === undefined || flags === undefined || fd === undefined) return undefined;
  const MAP_ANONYMOUS = 0x20;
  return { kind: "sys_mmap", args: { length, prot, flags, file: (flags & MAP_ANONYMOUS) === 0 } };
}
