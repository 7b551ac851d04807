import {
  binderAlloc,
  binderCount,
  type BinderHandle,
  binderStart,
  type Snapshot,
  type StepEvent,
  type Steps,
  type Value,
  VM,
  type Kernel,
  type VmaPtr,
} from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import type { Operation, Under } from "./operation.ts";

/** How far ahead arguments are looked for, in events of the task. */
const AHEAD = 400;
/** The largest buffer of binder's that one transaction is taken to use, in pages. */
const MAX_PAGES = 64;

/**
 * What a task's events from this place on may be the beginning of, the more telling first. Each is a guess, to be held
 * against the events themselves.
 */
export function candidates(events: readonly RecordedEvent[], at: number, final: Snapshot): Operation[] {
  const { op, args } = events[at]!.event;
  const [first] = args;
  switch (op) {
    case "do_shrink_slab":
      return [shrinkScan(events, at, final)];
    case "mutex_lock":
    case "spin_lock":
    case "binder_alloc_is_mapped":
      return driverCalls(events, at, final);
    case "mmap_write_lock":
      return [...mapCalls(events, at), takes("mmap_write_lock", first as number, (k, mm) => k.mmapWriteLock(mm))];
    case "mmap_read_lock":
      return [...faults(events, at), takes("mmap_read_lock", first as number, (k, mm) => k.mmapReadLock(mm))];
    case "rcu_read_lock":
      return faults(events, at);
    case "zap_page_range_single":
      return zaps(events, at);
    case "exit_mm":
      return [of("exit_mm", args, ({ kernel }) => kernel.exitProcess(first as number))];
    case "mmput":
      return [of("mmput", args, ({ kernel }) => kernel.mmput(first as number))];
    default:
      return [];
  }
}

const SYSCALL = { decides: true, driver: false };

function of(name: string, args: readonly Value[], start: (under: Under) => Steps<Value>): Operation {
  return { ...SYSCALL, decides: false, name, args, start };
}

function takes(name: string, mm: number, take: (kernel: Under["kernel"], mm: number) => Steps<Value>): Operation {
  return of(name, [mm], ({ kernel }) => take(kernel, mm));
}

/** munmap and mmap: the range stands in what they look for, the rest of the mapping where they make a VMA. */
function mapCalls(events: readonly RecordedEvent[], at: number): Operation[] {
  const mm = events[at]!.event.args[0] as number;
  const next = events[at + 1]?.event;
  const calls: Operation[] = [];
  if (next?.op === "vma_find") {
    const [, start, end] = next.args as [number, number, number];
    calls.push({
      ...SYSCALL,
      name: "munmap",
      args: [mm, start, end - start],
      start: ({ kernel }) => kernel.munmap(mm, start, end - start),
    });
  }
  const made = find(events, at, ({ op }) => op === "vm_area_alloc");
  if (made === undefined) return calls;
  const [, start, end, all, pgoff] = made.args as [number, number, number, number, number];
  const driver = find(events, at, ({ op }) => op === "vma_set_ops")?.args as [Value, string, string] | undefined;
  const flags = all & ~(VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC);
  for (const [, ops, owner] of driver === undefined ? [[null, "", ""] as const] : [driver, [null, "", ""] as const]) {
    const mapping = { start, length: end - start, flags, ops, owner, ...(ops === "" ? {} : { pgoff }) };
    calls.push({
      ...SYSCALL,
      name: "mmap",
      args: [mm, start, end - start],
      start: ({ kernel }) => kernel.mmap(mm, mapping),
    });
  }
  return calls;
}

/** A page fault: the address stands in the look-up of its VMA, whether it writes in the check of the access. */
function faults(events: readonly RecordedEvent[], at: number): Operation[] {
  const lookup = find(events, at, ({ op }) => op === "mas_walk" || op === "find_vma");
  if (lookup === undefined) return [];
  const [mm, address] = lookup.args as [number, number];
  const access = find(events, at, ({ op }) => op === "access_error");
  const write = access?.args[1] === true;
  const name = "do_user_addr_fault";
  const start = ({ kernel }: Under): Steps<Value> => kernel.pageFault(mm, address, write);
  return [{ ...SYSCALL, name, args: [mm, address, write], start }];
}

/** A zap by core code; its address space stands in the flush at its end. */
function zaps(events: readonly RecordedEvent[], at: number): Operation[] {
  const { op, args } = events[at]!.event;
  const [vma, address, size, driver] = args as [VmaPtr, number, number, Parameters<Kernel["zapPageRangeSingle"]>[4]];
  const mm = find(events, at, (event) => event.op === "tlb_finish_mmu")?.args[0];
  if (typeof mm !== "number") return [];
  return [of(op, args, ({ kernel }) => kernel.zapPageRangeSingle(mm, vma, address, size, driver))];
}

/** do_shrink_slab: how many items it was to look at is taken from how many it did. */
function shrinkScan(events: readonly RecordedEvent[], at: number, final: Snapshot): Operation {
  let scan = 0;
  for (let i = at; i < events.length && events[i]!.event.op !== "shrink_slab_end"; i++) {
    if (events[i]!.event.op === "list_lru_walk") scan++;
  }
  const handles = handlesIn(final);
  return {
    decides: false,
    driver: true,
    name: "binder_shrink_scan",
    args: [scan],
    start: ({ kernel, generation }) => kernel.binderShrinkScan(handles, generation, scan),
  };
}

/** The sender's side of a transaction, and the end of one: pages come into use, or go to the lru. */
function driverCalls(events: readonly RecordedEvent[], at: number, final: Snapshot): Operation[] {
  const subject = find(events, at, ({ op }) => op === "binder_get_installed_page" || op === "list_lru_add");
  if (subject === undefined) return [];
  const adds = subject.op === "list_lru_add";
  const page = (adds ? subject.args[1] : { alloc: subject.args[0], index: subject.args[1] }) as
    { readonly alloc: number; readonly index: number } | undefined;
  const handle = handlesIn(final).find(({ alloc }) => alloc === page?.alloc);
  if (handle === undefined || page === undefined) return [];
  const calls: Operation[] = [];
  for (let count = 1; count <= Math.min(handle.pages, MAX_PAGES); count++) {
    // Older drivers walk back from the last page.
    const firsts = adds ? [page.index, page.index - count + 1] : [page.index];
    for (const first of new Set(firsts.filter((index) => index >= 0 && index + count <= handle.pages))) {
      calls.push({
        decides: !adds,
        driver: true,
        name: adds ? "binder_lru_freelist_add" : "binder_install_buffer_pages",
        args: [handle.alloc, first, count],
        start: ({ kernel, generation }) =>
          adds
            ? kernel.binderFreeBuf(handle, generation, first, count)
            : kernel.binderInstall(handle, generation, first, count),
      });
    }
  }
  return calls;
}

/** binder's buffers, by what the state says of them once they are mapped. */
function handlesIn(state: Snapshot): BinderHandle[] {
  return Array.from({ length: state.get(binderCount) }, (_, alloc) => {
    const { mm, ops, pages } = state.get(binderAlloc.of(alloc));
    return { alloc, mm, ops, start: state.get(binderStart.of(alloc)), pages };
  });
}

function find(
  events: readonly RecordedEvent[],
  at: number,
  wanted: (event: StepEvent) => boolean,
): StepEvent | undefined {
  for (let i = at; i < Math.min(events.length, at + AHEAD); i++) if (wanted(events[i]!.event)) return events[i]!.event;
  return undefined;
}
