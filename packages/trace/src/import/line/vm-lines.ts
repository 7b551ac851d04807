import { TASK_SIZE } from "@faultline/mm";
import { field, hexadecimal, number, pointer } from "./fields.ts";
import { IGNORED } from "./ignored.ts";
import type { RssType, TraceEvent } from "./trace-event.ts";

const STORE = /^ (\w+)\tNode [\da-f]+ \(\d+ \d+\) range:(\d+)-(\d+) piv \(\d+\) val ([\da-f]+)$/;

/** A store of a VMA, or of NULL, into an mm's tree. The range is inclusive. */
export function parseStore(text: string): TraceEvent | undefined {
  if (text.startsWith(" [FAILED TO PARSE] ")) return parseRawStore(text);
  const match = STORE.exec(text);
  if (match === null) return undefined;
  const [, fn, first, last, value] = match as unknown as [string, string, string, string, string];
  if (fn !== "mas_store" && fn !== "mas_store_prealloc") {
    const name = `ma_write ${fn}`;
    return IGNORED.has(name) ? { kind: "ignored", name } : undefined;
  }
  return store(number(first), number(last) ?? beyond(last), value);
}

/** Up to ULONG_MAX: everything above is empty, as it always is beyond the end of user space. */
function beyond(last: string): number | undefined {
  return last === "18446744073709551615" || last === "0xffffffffffffffff" ? TASK_SIZE - 1 : undefined;
}

/**
 * trace-cmd cannot follow the event's format, which has the address of a name instead of the name. What the tree does
 * inside repeats the store that caused it: the same range and value, and nobody minds.
 */
function parseRawStore(text: string): TraceEvent | undefined {
  const value = pointer(field(text, "val")) ?? (field(text, "val") === "0x0" ? "0" : undefined);
  if (value === undefined || field(text, "fn") === undefined) return undefined;
  const last = field(text, "last");
  return store(number(field(text, "index")), number(last) ?? beyond(last ?? ""), value);
}

function store(start: number | undefined, inclusive: number | undefined, value: string): TraceEvent | undefined {
  if (start === undefined || inclusive === undefined || inclusive < start) return undefined;
  const erase = /^(?:0x)?0+$/.test(value);
  return { kind: "store", start, end: inclusive + 1, erase, vma: value };
}

const RSS: ReadonlyMap<string, RssType> = new Map([
  ["MM_FILEPAGES", "file"],
  ["MM_ANONPAGES", "anon"],
  ["MM_SHMEMPAGES", "shmem"],
  ["MM_SWAPENTS", "swap"],
]);

/** rss_stat: how much of a kind of memory an mm maps now, in bytes. Written under the lock of the page table. */
export function parseRss(text: string): TraceEvent | undefined {
  const mm = number(field(text, "mm_id"));
  const current = number(field(text, "curr"));
  const type = RSS.get(field(text, "type") ?? "");
  const size = number(field(text, "size")?.replace(/B$/, ""));
  if (mm === undefined || current === undefined || type === undefined || size === undefined) return undefined;
  return { kind: "rss", mm, current: current === 1, type, size };
}

/** The slab's objects that are followed: VMAs, which their pointer names for as long as they live. */
export function parseSlab(text: string, free: boolean): TraceEvent | undefined {
  const object = pointer(field(text, "ptr"));
  const name = field(text, "name");
  if (object === undefined || name === undefined) return undefined;
  if (name !== "vm_area_struct") return { kind: "ignored", name: "kmem_cache of another object" };
  return free ? { kind: "vma_free", vma: object } : { kind: "vma_alloc", vma: object };
}

/** A page fault by its exact address and error code. arch/x86/include/asm/trap_pf.h */
export function parseFault(text: string, user: boolean): TraceEvent | undefined {
  const address = number(field(text, "address"));
  const code = number(field(text, "error_code"));
  if (address === undefined || code === undefined) return undefined;
  return { kind: user ? "fault" : "kernel_fault", address, write: (code & 2) !== 0 };
}

/** A signal that a task is about to handle, or to die of. */
export function parseSignal(text: string): TraceEvent | undefined {
  const signal = number(field(text, "sig"));
  const code = number(field(text, "code"));
  return signal === undefined || code === undefined ? undefined : { kind: "signal", signal, code };
}

/** A task that begins. */
export function parseNewTask(text: string): TraceEvent | undefined {
  const pid = number(field(text, "pid"));
  const flags = hexadecimal(field(text, "clone_flags"));
  const CLONE_VM = 0x100;
  const comm = / comm=(.{1,16}?) clone_flags=/.exec(text)?.[1];
  if (pid === undefined || flags === undefined || comm === undefined) return undefined;
  return { kind: "newtask", pid, comm, sharesMm: (flags & CLONE_VM) !== 0 };
}
