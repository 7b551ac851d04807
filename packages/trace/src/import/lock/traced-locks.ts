import type { Report } from "../report.ts";
import type { Scripts } from "../thread/scripts.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { World } from "../world/world.ts";
import type { ModelLock } from "./model-lock.ts";

/**
 * Who has, and who waits for, which lock by what the trace says; and which locks are not followed, because no history
 * fits or lines were lost.
 */
export class TracedLocks {
  readonly #lock: ModelLock;
  readonly #report: Report;
  readonly #world: World;
  readonly #scripts: Scripts;

  constructor(lock: ModelLock, report: Report, world: World, scripts: Scripts) {
    this.#lock = lock;
    this.#report = report;
    this.#world = world;
    this.#scripts = scripts;
  }

  hold(task: Task, space: Space, write: boolean): void {
    task.holds.set(space, write ? "write" : "read");
    space.holders.add(task);
    space.taken = true;
    if (write) space.written = true;
  }

  /** The task has the lock no more. */
  forget(task: Task, space: Space): void {
    task.holds.delete(space);
    space.holders.delete(task);
    this.quieten(space);
  }

  stopWaiting(task: Task): void {
    task.waiting?.space.waiting.delete(task);
    task.waiting = undefined;
  }

  /** No history fits: says so, once. */
  refuse(space: Space, reason: string): void {
    if (space.broken) return;
    this.giveUp(space);
    this.#report.differ("lock", reason);
  }

  /** The lock is not followed until nobody has to do with it any more. */
  giveUp(space: Space): void {
    if (space.broken) return;
    space.broken = true;
    space.lost = true;
    for (const task of this.#world.tasks()) {
      const touches = task.waiting?.space === space || task.leaving?.space === space || task.holds.has(space);
      if (touches && task.script?.space === space) this.#scripts.drop(task);
    }
    for (const task of space.leaving) task.leaving = undefined;
    for (const task of space.holders) if (task.cut === space) task.cut = undefined;
    space.leaving.clear();
    this.#lock.clear(space, this.#world.tasks());
  }

  /** A lock that nobody has to do with is followed again. */
  quieten(space: Space): void {
    if (space.waiting.size === 0 && space.holders.size === 0 && space.leaving.size === 0) space.broken = false;
  }

  /** Lines were lost: nobody knows who has what. */
  loseAll(): void {
    for (const task of this.#world.tasks()) {
      for (const space of [...task.holds.keys()]) {
        this.giveUp(space);
        this.forget(task, space);
      }
      if (task.waiting !== undefined) {
        const { space } = task.waiting;
        this.giveUp(space);
        this.stopWaiting(task);
        this.quieten(space);
      }
      task.fresh = task.early = task.astray = true;
      task.touched.clear();
    }
  }
}
