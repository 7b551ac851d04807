import { createKernel, type Kernel, type Steps } from "@faultline/mm";
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
  /** The same kernel without per-VMA locks: what a fault does that fell back. */
  readonly #fallback: Kernel;

  constructor(shared: Shared) {
    this.#s = shared;
    this.#fallback = createKernel({ ...shared.kernel.knobs, vmaLock: "none" });
  }

  fault(task: Task, address: number, write: boolean, line: TraceLine): void {
    const space = task.mm;
    if (space === undefined || space.lost || space.broken) return;
    if (!space.mapped && space.areaAt(this.#s.model, address) === undefined) return;
    const fellBack = takesOwnLock(line, space);
    const vmaLocks = this.#s.kernel.knobs.vmaLock !== "none";
    const steps = fellBack
      ? this.#underMmapLock(space, address, write, outcomeOf(nextOf(line)!) === false)
      : this.#s.kernel.pageFault(space.id, address, write);
    this.#s.scripts.begin(task, new Script("fault", steps, { space, vmaLockOnly: vmaLocks && !fellBack }));
  }

  /** A fault tries for mmap_lock before it waits for it. mm/memory.c, get_mmap_lock_carefully() */
  *#underMmapLock(space: Space, address: number, write: boolean, trylockFails: boolean): Steps<string> {
    const { kernel } = this.#s;
    if (kernel.knobs.vmaLock !== "none") {
      const locked = yield* kernel.lockVmaUnderRcu(space.id, address);
      if (locked !== null) yield* kernel.vmaEndRead(locked);
    }
    if (trylockFails) yield* kernel.mmapReadTrylock(space.id);
    return yield* this.#fallback.pageFault(space.id, address, write);
  }
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
