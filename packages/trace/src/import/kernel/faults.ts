import {
  PAGE_SIZE,
  type Steps,
  type TreeEntry,
  type Value,
  VM,
  vmaAnonVma,
  vmaFlags,
  writeLocked,
} from "@faultline/mm";
import { isSchedulers, type TraceLine } from "../line/trace-event.ts";
import { outcomeOf } from "../lock/look-ahead.ts";
import { withoutVmaLock } from "../thread/without-vma-lock.ts";
import { Script } from "../thread/script.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Resident } from "./resident.ts";
import type { Shared } from "./shared.ts";

/**
 * User page faults. With per-VMA locks a fault shows no lock line at all, unless it had to fall back to mmap_lock: for
 * a VMA that is being changed, or one without an anon_vma yet. arch/x86/mm/fault.c, do_user_addr_fault()
 */
export class Faults {
  readonly #s: Shared;
  readonly #resident: Resident;

  constructor(shared: Shared, resident: Resident) {
    this.#s = shared;
    this.#resident = resident;
  }

  fault(task: Task, address: number, write: boolean, line: TraceLine): void {
    this.#s.ops?.fault(task.pid, address, signalOf(line));
    const space = task.mm;
    if (space === undefined || space.lost || space.broken) return;
    task.strayFault = address;
    const area = space.areaAt(this.#s.model, address);
    const isKnown = space.known.has(address) || (space.complete && area !== undefined);
    if (space.isComing(address) || !isKnown) {
      if (write) space.doubtAnonVma(address);
      return;
    }
    task.strayFault = undefined;
    const { kernel, report } = this.#s;
    const shown = shownBy(line, space);
    if (write && shown.how === "vma_lock" && area !== undefined && this.#mayHaveAnonVma(space, area)) {
      const page = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
      space.known.remove(page, page + PAGE_SIZE);
      return;
    }
    if (shown.how === "file ends") {
      this.#resident.fileEnds(task, space, address);
      return;
    }
    const onBegin = (): void => {
      if (shown.rss !== undefined) this.#resident.beforeFault(task, space, address, write, shown.rss.event);
    };
    const told = area === undefined || !space.vague.has(`${area.vma}#${area.gen}`);
    const onDone = (ended: Value): void => {
      const result = ended as string;
      if (shown.signal === undefined || !told) return;
      report.compared.faults++;
      if ((result !== "ok") === shown.signal) return;
      const end = shown.signal ? "is killed or gets a signal" : "goes on";
      report.differ("ops", `${task.who} ${end} after its fault at 0x${address.toString(16)}; the model's: ${result}`);
    };
    const play = (steps: Steps<string>, mayBegin?: () => boolean, paced?: boolean): void => {
      this.#s.scripts.begin(task, new Script("fault", steps, { space, mayBegin, onBegin, onDone, paced }));
    };
    if (shown.how === "mmap_lock") {
      play(this.#underMmapLock(space, address, write, shown.failures), undefined, !this.#byStores);
    } else if (kernel.knobs.vmaLock === "none") play(kernel.pageFault(space.id, address, write));
    else {
      // What the page table showed then is what the fault did: it did it there.
      const { at } = shown;
      const when = at === undefined ? () => this.#lockable(space, address) : () => report.line >= at.number;
      play(kernel.pageFault(space.id, address, write), when);
    }
  }

  /** Whether the VMA has none in the model, and may have been given one by a fault that was not followed. */
  #mayHaveAnonVma(space: Space, { start, end, vma }: TreeEntry): boolean {
    const { table } = this.#s.model;
    if (!space.unsure.meets(start, end) || table.get(vmaAnonVma.of(vma)) !== null) return false;
    return (table.get(vmaFlags.of(vma)) & VM.SHARED) === 0;
  }

  get #byStores(): boolean {
    return this.#s.kernel.knobs.vmaSlab !== "typesafe";
  }

  /** A fault that fell back: it tries for mmap_lock before it waits for it. mm/memory.c, get_mmap_lock_carefully() */
  *#underMmapLock(space: Space, address: number, write: boolean, failures: number): Steps<string> {
    const { kernel } = this.#s;
    const locked = yield* kernel.lockVmaUnderRcu(space.id, address);
    if (locked !== null) yield* kernel.vmaEndRead(locked);
    for (let i = 0; i < failures; i++) yield* kernel.mmapReadTrylock(space.id);
    return yield* withoutVmaLock("lock_vma_under_rcu", kernel.pageFault(space.id, address, write));
  }

  /** Whether the VMA's read lock can be had: no writer has it. */
  #lockable(space: Space, address: number): boolean {
    const area = space.areaAt(this.#s.model, address);
    return area !== undefined && !this.#s.model.table.get(writeLocked.of(space.id)).includes(area.vma);
  }
}

/** How a fault went, as far as the trace has been read ahead. */
interface Shown {
  /** Under the VMA lock or mmap_lock; or the file does not reach that far, which no line tells of. */
  readonly how: "vma_lock" | "mmap_lock" | "file ends";
  /** How often it failed to get mmap_lock before it waited for it. */
  readonly failures: number;
  /** The line that shows when it changed the page table; for a fault under the VMA lock. */
  readonly at: TraceLine | undefined;
  /** The first line that shows how much it maps. */
  readonly rss: TraceLine | undefined;
  /** Whether a signal came of it. */
  readonly signal: boolean | undefined;
}

const SIGBUS = 7;
const SIGSEGV = 11;

/**
 * What the lines after a fault say of it. A fault under the VMA lock shows no lock line, but for the moment in which it
 * gives its VMA an anon_vma: there the change of the page table comes after mmap_lock, not inside of it.
 */
function shownBy(fault: TraceLine, space: Space): Shown {
  const first = nextOf(fault);
  const end = endOf(fault);
  const signal = end === undefined ? undefined : signalOf(fault) !== 0;
  if (end?.event.kind === "signal" && end.event.signal === SIGBUS) {
    return { how: "file ends", failures: 0, at: undefined, rss: undefined, signal };
  }
  const shown = { failures: 0, rss: firstRss(fault), signal };
  if (first?.event.kind === "rss") return { ...shown, how: "vma_lock", at: first };
  if (first?.event.kind !== "lock_start" || !takesOwnLock(fault, space)) {
    return { ...shown, how: "vma_lock", at: undefined };
  }
  const failures = failedTrylocks(fault);
  if (failures === 0 && preparesAnonVma(first)) return { ...shown, how: "vma_lock", at: first };
  return { ...shown, how: "mmap_lock", failures, at: undefined };
}

/** The signal that comes of a fault; 0 for none, as far as the trace has been read ahead. */
function signalOf(fault: TraceLine): number {
  const end = endOf(fault)?.event;
  // Others come from somebody else, at whatever the task was.
  return end?.kind === "signal" && (end.signal === SIGSEGV || end.signal === SIGBUS) ? end.signal : 0;
}

/** The first line of the task after the fault. */
function endOf(fault: TraceLine): TraceLine | undefined {
  for (let line = nextOf(fault); line !== undefined; line = nextOf(line)) {
    const { kind } = line.event;
    if (kind !== "rss" && kind !== "lock_start" && kind !== "lock_got" && kind !== "lock_released") return line;
  }
  return undefined;
}

function firstRss(fault: TraceLine): TraceLine | undefined {
  const end = endOf(fault);
  for (let line = nextOf(fault); line !== undefined && line !== end; line = nextOf(line)) {
    if (line.event.kind === "rss") return line;
  }
  return undefined;
}

/** START R, GOT R, REL R, rss: the page table is filled after the lock is let go of. */
function preparesAnonVma(start: TraceLine): boolean {
  const got = nextOf(start);
  const released = got === undefined ? undefined : nextOf(got);
  const after = released === undefined ? undefined : nextOf(released);
  return released?.event.kind === "lock_released" && after?.event.kind === "rss";
}

/** How often the fault fails to get mmap_lock before it waits for it, as far as the trace has been read ahead. */
function failedTrylocks(fault: TraceLine): number {
  let failures = 0;
  for (let start = nextOf(fault); start !== undefined && outcomeOf(start) === false; failures++) {
    start = nextOf(nextOf(start)!);
  }
  return failures;
}

/**
 * Whether the fault goes on to take its own mmap_lock for reading, with nothing to show for it: what shows something
 * there is the next system call.
 */
function takesOwnLock(fault: TraceLine, space: Space): boolean {
  const start = nextOf(fault);
  if (start?.event.kind !== "lock_start" || start.event.mm !== space.pointer || start.event.write) return false;
  const got = nextOf(start);
  return got === undefined || nextOf(got)?.event.kind !== "zap";
}

function nextOf(from: TraceLine): TraceLine | undefined {
  let line = from.nextOfTask;
  while (line !== undefined && isSchedulers(line.event)) line = line.nextOfTask;
  return line;
}
