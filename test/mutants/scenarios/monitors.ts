import type { SetupKernel } from "@faultline/interleave";
import {
  again,
  anonVmaLock,
  type Failure,
  type Kernel,
  type Knobs,
  PAGE_SIZE,
  presentPte,
  type Steps,
  type Value,
  VM,
} from "@faultline/mm";
import { anonVmaForeach } from "../../../packages/mm/src/events/anon-vma-steps.ts";
import { AT, CTX, monitored, RW, told } from "./monitor-story.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { fileRefs } from "./own-steps.ts";
import { INODE } from "./places.ts";

const BESIDE = 0x18_0000;
const MORE = 0x20_0000;
const ANON_VMA = anonVmaLock(0);

/** The same, and memory without a monitor behind it, which fork copies later. */
function monitoredAndMore(k: SetupKernel, mm: number): void {
  monitored(k, mm);
  k.run(k.mmap(mm, { start: MORE, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
}

/** What the monitor reads, and whether mmap_lock could be had when it has read that. */
function* readsEvent(k: Kernel, mm: number): Steps<Value> {
  const { event, start, end } = yield* k.userfaultfdCtxRead(CTX);
  const free = yield* k.mmapWriteTrylock(mm);
  if (free) yield* k.mmapWriteUnlock(mm);
  return [event, start, end, free];
}

const munmaps = (k: Kernel, mm: number): Steps<Value> => k.munmap(mm, AT, 2 * PAGE_SIZE);
const forks = (k: Kernel, mm: number): Steps<Value> => k.fork(mm, null, null);
const fills = (k: Kernel, mm: number): Steps<Value> => k.uffdioCopy(mm, AT + PAGE_SIZE);

/** Two areas of one monitor, and memory without one behind them. */
function twoMonitored(k: SetupKernel, mm: number): void {
  monitored(k, mm);
  for (const start of [BESIDE, MORE]) k.run(k.mmap(mm, { start, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
  k.run(k.userfaultfdRegister(mm, BESIDE, PAGE_SIZE, CTX, "missing"));
}

/** Reads whatever comes, for ever. */
function readsOn(k: Kernel): Steps<Value> {
  return k.loop(null, function* () {
    yield* k.userfaultfdCtxRead(CTX);
    return again(null);
  });
}

/** A private page of a file whose monitor wants to know of writes afterwards, and of children. */
function watchedFile(k: SetupKernel, mm: number): void {
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "", file }));
  k.run(k.pageFault(mm, AT, true));
  k.run(k.userfaultfdApi(CTX, ["fork"]));
  k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "wp-async"));
}

/** What rmap's lock lets anybody ask: the file's references, and whether the child's VMA has a monitor. */
function* asksByRmap(k: Kernel, mm: number): Steps<Value> {
  yield* k.downRead(ANON_VMA);
  const child = (yield* anonVmaForeach(0, 0)).find((one) => one.mm !== mm);
  const seen = child === undefined ? null : [yield* fileRefs(0), (yield* k.readVmFlags(child)) & VM.UFFD_WP];
  yield* k.upRead(ANON_VMA);
  return seen;
}

const EVENTS: Partial<Knobs> = { uffdEvents: true };
function eventsAnd(...injectFailures: readonly Failure[]): Partial<Knobs> {
  return { ...EVENTS, injectFailures };
}

/** Monitors of userfaultfd that hear of munmap and fork. */
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
  told({
    name: "fork | munmap beside",
    kernel: EVENTS,
    setup: twoMonitored,
    process: forks,
    monitor: readsOn,
    daemon: true,
    other: (k, mm) => k.munmap(mm, BESIDE, PAGE_SIZE),
  }),
  told({
    name: "fork that runs out | munmap beside",
    kernel: EVENTS,
    setup: twoMonitored,
    process: (k, mm) => k.fork(mm, null, 1),
    monitor: readsOn,
    daemon: true,
    other: (k, mm) => k.munmap(mm, BESIDE, PAGE_SIZE),
  }),
  told({
    name: "fork of a file's page | rmap walk",
    kernel: EVENTS,
    setup: watchedFile,
    process: forks,
    monitor: readsOn,
    daemon: true,
    other: asksByRmap,
  }),
];
