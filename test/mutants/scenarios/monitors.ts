import { scenario, type SetupKernel } from "@faultline/interleave";
import {
  type Failure,
  type Kernel,
  type Knobs,
  PAGE_SIZE,
  presentPte,
  type Steps,
  type Value,
  VM,
} from "@faultline/mm";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

const AT = 0x10_0000;
const MORE = 0x20_0000;
const CTX = 1;
const RW = VM.READ | VM.WRITE;
const PROFILE = "linux-6.12";

/** A process, what its monitor does, and what else goes on; each remembers what it was told. */
interface Story {
  readonly name: string;
  readonly kernel?: Partial<Knobs>;
  readonly setup: (k: SetupKernel, mm: number) => unknown;
  readonly process: (k: Kernel, mm: number) => Steps<Value>;
  /** Who reads the events, or fills and unprotects pages; absent where nobody does. */
  readonly monitor?: (k: Kernel, mm: number) => Steps<Value>;
  /** Whether the monitor may wait for ever. */
  readonly daemon?: boolean;
  readonly other?: (k: Kernel, mm: number) => Steps<Value>;
}

function told({ name, kernel = {}, setup, process, monitor, daemon, other }: Story): MutantScenario {
  const title = `monitor: ${name}`;
  return {
    name: title,
    profiles: [PROFILE],
    scenario: scenario({
      title,
      profile: PROFILE,
      kernel,
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        setup(k, mm);
        return mm;
      },
      threads: (mm) => ({
        process: remembers("process", mm, (k) => process(k, mm)),
        ...(monitor === undefined ? {} : { monitor: remembers("monitor", null, (k) => monitor(k, mm), daemon) }),
        ...(other === undefined ? {} : { other: remembers("other", mm, (k) => other(k, mm)) }),
      }),
    }),
  };
}

/** Private memory of two pages, the first of them written, with a monitor that hears of everything. */
function monitored(k: SetupKernel, mm: number, flags = 0): void {
  k.run(k.mmap(mm, { start: AT, length: 2 * PAGE_SIZE, flags: RW | flags, ops: "", owner: "" }));
  k.run(k.pageFault(mm, AT, true));
  k.run(k.userfaultfdApi(CTX, ["fork", "remap", "unmap"]));
  k.run(k.userfaultfdRegister(mm, AT, 2 * PAGE_SIZE, CTX, "missing"));
}

/** The same, and memory without a monitor behind it, which fork copies later. */
function monitoredAndMore(k: SetupKernel, mm: number): void {
  monitored(k, mm);
  k.run(k.mmap(mm, { start: MORE, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
}

/** A page that a monitor has protected; `file`: of a file that is shared. */
function protectedPage(k: SetupKernel, mm: number, file: boolean): void {
  const area = { start: AT, length: PAGE_SIZE, flags: file ? RW | VM.SHARED : RW, ops: "", owner: "" };
  k.run(k.mmap(mm, file ? { ...area, file: k.run(k.doDentryOpen(0, "", "")) } : area));
  k.run(k.pageFault(mm, AT, true));
  k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "wp"));
  k.run(k.uffdioWriteprotect(mm, AT, PAGE_SIZE, true));
}

/** What the monitor reads, and whether mmap_lock could be had when it has read that. */
function* readsEvent(k: Kernel, mm: number): Steps<Value> {
  const { event, start, end } = yield* k.userfaultfdCtxRead(CTX);
  const free = yield* k.mmapWriteTrylock(mm);
  if (free) yield* k.mmapWriteUnlock(mm);
  return [event, start, end, free];
}

function* writesProtected(k: Kernel, mm: number): Steps<Value> {
  const result = yield* k.pageFault(mm, AT, true);
  return [result, yield* k.readOnce("allowed")];
}

/** Looks whether the page was written already, and allows it. */
function* allows(k: Kernel, mm: number): Steps<Value> {
  const before = presentPte(yield* k.ptepGet(mm, AT));
  yield* k.writeOnce("allowed", true);
  yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, false);
  return before?.write ?? null;
}

const munmaps = (k: Kernel, mm: number): Steps<Value> => k.munmap(mm, AT, 2 * PAGE_SIZE);
const forks = (k: Kernel, mm: number): Steps<Value> => k.fork(mm, null, null);
const fills = (k: Kernel, mm: number): Steps<Value> => k.uffdioCopy(mm, AT + PAGE_SIZE);
const faults = (k: Kernel, mm: number): Steps<Value> => k.pageFault(mm, AT + PAGE_SIZE, true);

const EVENTS: Partial<Knobs> = { uffdEvents: true };
function eventsAnd(...injectFailures: readonly Failure[]): Partial<Knobs> {
  return { ...EVENTS, injectFailures };
}

/** Monitors of userfaultfd, and what they are told, asked for and promised. */
export const monitors: readonly MutantScenario[] = [
  told({ name: "munmap", kernel: EVENTS, setup: monitored, process: munmaps, monitor: readsEvent }),
  told({
    name: "munmap | fill",
    kernel: EVENTS,
    setup: monitored,
    process: munmaps,
    monitor: readsEvent,
    other: fills,
  }),
  told({
    name: "munmap that may fail",
    kernel: eventsAnd("maple"),
    setup: monitored,
    process: munmaps,
    monitor: readsEvent,
    daemon: true,
  }),
  told({ name: "fork", kernel: EVENTS, setup: monitored, process: forks, monitor: readsEvent }),
  told({
    name: "fork that runs out | fill",
    kernel: EVENTS,
    setup: monitoredAndMore,
    process: (k, mm) => k.fork(mm, null, 1),
    other: fills,
  }),
  told({
    name: "fork that may find no anon_vma",
    kernel: eventsAnd("anon-vma"),
    setup: monitored,
    process: forks,
    monitor: readsEvent,
    daemon: true,
  }),
  told({
    name: "fork without the memory | fill",
    kernel: EVENTS,
    setup(k, mm) {
      monitored(k, mm, VM.DONTCOPY);
    },
    process: forks,
    other: fills,
  }),
  told({
    name: "fork that leaves VMA locks out | the child's entry, fill, mmap_lock",
    kernel: { ...EVENTS, forkVw: false },
    setup: monitored,
    process: forks,
    *monitor(k) {
      return (yield* k.userfaultfdCtxRead(CTX)).event;
    },
    *other(k, mm) {
      const copied = presentPte(yield* k.ptepGet(mm + 1, AT)) !== null;
      const filled = yield* k.uffdioCopy(mm, AT + PAGE_SIZE);
      const free = yield* k.mmapReadTrylock(mm);
      if (free) yield* k.mmapReadUnlock(mm);
      return [copied, filled, free];
    },
  }),
  told({ name: "fault that nobody resolves", setup: monitored, process: faults }),
  told({
    name: "fault | unregister",
    setup: monitored,
    process: faults,
    monitor: (k, mm) => k.userfaultfdUnregister(mm, AT, 2 * PAGE_SIZE),
  }),
  told({
    name: "write to a protected page",
    setup(k, mm) {
      protectedPage(k, mm, false);
    },
    process: writesProtected,
    monitor: allows,
  }),
  told({
    name: "write to a protected page of a file",
    setup(k, mm) {
      protectedPage(k, mm, true);
    },
    process: writesProtected,
    monitor: allows,
  }),
];
