import { type Request, type Steps, type Value, writeLocked } from "@faultline/mm";
import { isSchedulers, type TraceLine } from "../line/trace-event.ts";
import { outcomeOf } from "../lock/look-ahead.ts";
import { Script } from "../thread/script.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Shared } from "./shared.ts";

/**
 * User page faults. With per-VMA locks a fault shows no lock line at all, unless it had to fall back to mmap_lock: for
 * a VMA that is being changed, or one without an anon_vma yet. arch/x86/mm/fault.c, do_user_addr_fault()
 */
export class Faults {
  readonly #s: Shared;

  constructor(shared: Shared) {
    this.#s = shared;
  }

  fault(task: Task, address: number, write: boolean, line: TraceLine): void {
    const space = task.mm;
    if (space === undefined || space.lost || space.broken) return;
    const area = space.areaAt(this.#s.model, address);
    if (!space.mapped && area === undefined) return;
    const { kernel } = this.#s;
    const play = (steps: Steps<string>, mayBegin?: () => boolean): void => {
      this.#s.scripts.begin(task, new Script("fault", steps, { space, mayBegin }));
    };
    if (takesOwnLock(line, space)) play(this.#underMmapLock(space, address, write, failedTrylocks(line)));
    else if (kernel.knobs.vmaLock === "none") play(kernel.pageFault(space.id, address, write));
    else play(kernel.pageFault(space.id, address, write), () => this.#lockable(space, address));
  }

  /** A fault that fell back: it tries for mmap_lock before it waits for it. mm/memory.c, get_mmap_lock_carefully() */
  *#underMmapLock(space: Space, address: number, write: boolean, failures: number): Steps<string> {
    const { kernel } = this.#s;
    const locked = yield* kernel.lockVmaUnderRcu(space.id, address);
    if (locked !== null) yield* kernel.vmaEndRead(locked);
    for (let i = 0; i < failures; i++) yield* kernel.mmapReadTrylock(space.id);
    return yield* withoutVmaLock(kernel.pageFault(space.id, address, write));
  }

  /** Whether the VMA's read lock can be had: no writer has it. */
  #lockable(space: Space, address: number): boolean {
    const area = space.areaAt(this.#s.model, address);
    return area !== undefined && !this.#s.model.table.get(writeLocked.of(space.id)).includes(area.vma);
  }
}

/** The fault's procedure, as it goes on when lock_vma_under_rcu fails. */
function* withoutVmaLock(fault: Steps<string>): Steps<string> {
  const call = fault.next().value as Extract<Request, { kind: "call" }>;
  const inside = (call.body as (...all: unknown[]) => Steps<string>)(call.context, ...call.args);
  let input: Value = null;
  for (;;) {
    const turn = inside.next(input);
    if (turn.done === true) return turn.value;
    const request = turn.value;
    input = request.kind === "call" && request.name === "lock_vma_under_rcu" ? null : yield request;
  }
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
