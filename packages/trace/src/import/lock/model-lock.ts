import { heldBy, mmapLock } from "@faultline/mm";
import type { Model } from "../model.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";

/** The model's first task: what happened before the trace began is by it. */
const SOMEBODY = 0;

/** The model's mmap_lock, as raw steps of a task. Each says whether the step could be taken with the result it needs. */
export class ModelLock {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Takes the lock at once, without queueing. */
  take(task: Task, space: Space, write: boolean): boolean {
    if (write && this.#isNested(task, space)) return this.ask(task, space, write) === true;
    return this.#wants(task.id, space, `mmap_${mode(write)}_lock`, true);
  }

  /** Asks for the lock, queueing where it is taken: whether the task has it; undefined when it cannot even ask. */
  ask(task: Task, space: Space, write: boolean): boolean | undefined {
    if (write && this.#isNested(task, space)) {
      return this.#model.run(task.id, "mmap_write_lock_nested", [space.id]).status === "done" ? true : undefined;
    }
    const outcome = this.#model.run(task.id, `mmap_${mode(write)}_lock`, [space.id]);
    return outcome.status === "done" ? outcome.result === true : undefined;
  }

  /** A writer has queued before the trace began, where somebody had the lock who has let go of it since. */
  queueWriter(task: Task, space: Space): boolean | undefined {
    if (!this.#wants(SOMEBODY, space, "mmap_read_lock", true)) return undefined;
    const has = this.ask(task, space, true);
    this.#model.must(SOMEBODY, "mmap_read_unlock", [space.id]);
    return has;
  }

  /** A task that queued is granted the lock. */
  granted(task: Task, space: Space, write: boolean): boolean {
    const outcome = this.#model.run(task.id, `mmap_${mode(write)}_lock_slowpath`, [space.id]);
    return outcome.status === "done";
  }

  /** Lets go of a lock that is held for reading: whether it was. */
  unlockRead(task: Task, space: Space): boolean {
    return this.#model.run(task.id, "mmap_read_unlock", [space.id]).status === "done";
  }

  /** Whether nobody waits. */
  queueIsEmpty(space: Space): boolean {
    return this.#model.table.get(mmapLock(space.id).queue).length === 0;
  }

  /** Whether anybody has it. */
  isTaken(space: Space, tasks: Iterable<Task>): boolean {
    const { writer, reader } = mmapLock(space.id);
    const { table } = this.#model;
    return table.get(writer) !== null || [...tasks].some(({ id }) => table.get(reader(id)) > 0);
  }

  trylock(task: Task, space: Space, write: boolean, want: boolean): boolean {
    return this.#wants(task.id, space, `mmap_${mode(write)}_trylock`, want);
  }

  /** Lets go of whatever anybody has of the lock, and of the queue for it: it is not followed any more. */
  clear(space: Space, tasks: Iterable<Task>): void {
    const all = [...tasks];
    const lock = `mm:${space.id}/mmap_lock`;
    for (let progress = true; progress;) {
      progress = false;
      for (const task of all) {
        const held = this.#model.table.get(heldBy.of(task.id)).find((one) => one.lock === lock);
        if (held !== undefined) {
          const op = held.mode === "write" ? "mmap_write_unlock" : "mmap_read_unlock";
          progress = this.#model.run(task.id, op, [space.id]).status === "done" || progress;
        } else if (task.waiting?.space === space && task.waiting.applied === "queued") {
          if (!this.granted(task, space, task.waiting.write)) continue;
          delete task.waiting.applied;
          progress = true;
        }
      }
    }
  }

  /** The trace does not tell a child's lock, taken inside its parent's: nobody else takes two. kernel/fork.c, dup_mmap() */
  #isNested(task: Task, space: Space): boolean {
    const own = `mm:${space.id}/mmap_lock`;
    const held = this.#model.table.get(heldBy.of(task.id));
    return held.some((one) => one.class === "mmap_lock" && one.mode === "write" && one.lock !== own);
  }

  #wants(task: number, space: Space, op: string, want: boolean): boolean {
    const outcome = this.#model.runIf(task, op, [space.id], (result) => result === want);
    return outcome.status === "done" && outcome.result === want;
  }
}

function mode(write: boolean): "read" | "write" {
  return write ? "write" : "read";
}
