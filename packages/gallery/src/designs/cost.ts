import { scenario } from "@faultline/interleave";
import {
  BINDER_BUFFER,
  heldBy,
  type Kernel,
  kernelMachine,
  runAlone,
  type StepEvent,
  type Steps,
  Table,
  type Transition,
} from "@faultline/mm";
import type { Design, Handle } from "./design.ts";

/** What a piece of work takes, counted from the events of a sequential run. */
export interface Cost {
  mmapLock: number;
  vmaLock: number;
  iMmap: number;
  /** The driver's mutex and spinlocks. */
  driver: number;
  lru: number;
  ptl: number;
  /** References taken on an address space. */
  mmRefs: number;
  faults: number;
}

/** The phases of a buffer's life that are counted. */
export const phases = ["new page", "page there", "reclaim", "page reclaimed"] as const;
export type Phase = (typeof phases)[number];

/** What a transaction of one page costs: sent, read by the receiver, given back; and what a reclaim of it costs. */
export function costs(design: Design): Readonly<Record<Phase, Cost>> {
  const program = scenario({
    title: design.name,
    profile: design.profile,
    variants: { only: {} },
    setup: (k) => design.open(k, 1),
    threads: (binder) => ({
      "new page": { mm: binder.mm, run: (k) => transaction(k, design, binder) },
      "page there": { mm: binder.mm, run: (k) => transaction(k, design, binder) },
      reclaim: { mm: binder.mm, run: (k) => reclaim(k, design, binder) },
      "page reclaimed": { mm: binder.mm, run: (k) => transaction(k, design, binder) },
    }),
  }).instantiate("only").program;
  const table = new Table(program.initial);
  const counted = program.threads.map((thread): [Phase, Cost] => {
    const cost: Cost = { mmapLock: 0, vmaLock: 0, iMmap: 0, driver: 0, lru: 0, ptl: 0, mmRefs: 0, faults: 0 };
    runAlone(kernelMachine, table, thread.task, thread.start(), (event, transition) => {
      count(cost, event, transition);
    });
    return [thread.name as Phase, cost];
  });
  return Object.fromEntries(counted) as Record<Phase, Cost>;
}

function* transaction(k: Kernel, design: Design, binder: Handle): Steps<null> {
  yield* design.send(k, binder, 0);
  if (design.receive !== undefined) yield* design.receive(k, binder, 0);
  if ((yield* k.userAccess(binder.mm, BINDER_BUFFER, false)) === "fault") {
    yield* k.pageFault(binder.mm, BINDER_BUFFER, false);
    yield* k.userAccess(binder.mm, BINDER_BUFFER, false);
  }
  yield* design.free(k, binder, 0);
  return null;
}

function* reclaim(k: Kernel, design: Design, binder: Handle): Steps<null> {
  yield* design.shrink(k, binder);
  if (design.work !== undefined) yield* design.work(k, binder);
  return null;
}

const BY_CLASS: Readonly<Record<string, keyof Cost>> = {
  mmap_lock: "mmapLock",
  vma_lock: "vmaLock",
  i_mmap: "iMmap",
  ptl: "ptl",
  binder_lru: "lru",
};

function count(cost: Cost, event: StepEvent, { reads, writes, result }: Transition): void {
  const held = heldBy.of(event.task);
  const before = (reads.get(held) ?? []) as readonly { lock: string; class: string }[];
  const after = (writes.get(held) ?? before) as typeof before;
  if (after.length > before.length) cost[BY_CLASS[after.at(-1)!.class] ?? "driver"]++;
  if (event.op === "list_lru_add" || event.op === "list_lru_del") cost.lru++;
  if (event.op === "mmget_not_zero" && result === true) cost.mmRefs++;
  if (event.op === "user_access" && result === "fault") cost.faults++;
}
