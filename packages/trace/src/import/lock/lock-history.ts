import type { TraceLine } from "../line/trace-event.ts";
import type { Model } from "../model.ts";
import type { Report } from "../report.ts";
import type { Scripts } from "../thread/scripts.ts";
import type { Space } from "../world/space.ts";
import type { Leaving, Task, Waiting } from "../world/task.ts";
import type { World } from "../world/world.ts";
import { adopted } from "./adopted-wait.ts";
import { EarlySteps } from "./early-steps.ts";
import { outcomeOf } from "./look-ahead.ts";
import { ModelLock } from "./model-lock.ts";
import { TracedLocks } from "./traced-locks.ts";

/** What the history of the locks tells the rest of the importer. */
export interface LockListener {
  /** A task has the lock, outside of any procedure that asked for it. */
  readonly taken: (task: Task, space: Space) => void;
  /** A task announces that it lets go of it; `write`: it had it alone up to here. */
  readonly released: (task: Task, space: Space, write: boolean) => void;
  /** A task announces that it goes on as a reader. */
  readonly downgraded: (task: Task, space: Space) => void;
  /** A task that took another process's lock, outside of any procedure, has let go of it. */
  readonly leftForeign: (task: Task, space: Space) => void;
}

/**
 * The history of every mmap_lock, held against the model's. The trace shows an acquisition after it happened and a
 * release before it happens, so what was traced as held lies inside what was held: a lock is taken somewhere between
 * its start and its end, let go of (or downgraded) somewhere between its line and the task's next. A step is therefore
 * taken in the model as late as the trace allows, or earlier when another task's line needs it; only where no order of
 * steps fits does the trace diverge. include/linux/mmap_lock.h, mmap_read_lock() and following
 */
export class LockHistory {
  readonly #report: Report;
  readonly #world: World;
  readonly #scripts: Scripts;
  readonly #lock: ModelLock;
  readonly #early: EarlySteps;
  readonly #traced: TracedLocks;
  readonly #model: Model;
  readonly #listener: LockListener;

  constructor(model: Model, report: Report, world: World, scripts: Scripts, listener: LockListener) {
    this.#model = model;
    this.#report = report;
    this.#world = world;
    this.#scripts = scripts;
    this.#lock = new ModelLock(model);
    this.#early = new EarlySteps(this.#lock, world, scripts);
    this.#traced = new TracedLocks(this.#lock, report, world, scripts);
    this.#listener = listener;
  }

  /** mmap_lock_start_locking */
  start(task: Task, space: Space, write: boolean, line: TraceLine): void {
    space.lastLockLine = line;
    if (task.waiting !== undefined) {
      this.#traced.refuse(
        task.waiting.space,
        `${task.who} starts to take a lock while it waits for ${task.waiting.space.lockName}`,
      );
      this.#traced.stopWaiting(task);
    }
    if (task.holds.has(space)) {
      this.#traced.refuse(space, `${task.who} starts to take ${space.lockName}, which it has already`);
      this.#traced.forget(task, space);
    }
    task.touched.add(space);
    const bound = !space.broken && this.#scripts.wantsLock(task, space.id, write);
    if (!bound) this.#scripts.abandon(task, `starts to take ${space.lockName} for ${write ? "writing" : "reading"}`);
    const foreign = !bound && task.mm !== space && task.fork?.child !== space && !space.broken;
    if (foreign) this.#model.run(task.id, "mmget_not_zero", [space.id]);
    task.waiting = { space, write, line: line.number, outcome: outcomeOf(line), bound, foreign };
    space.waiting.add(task);
    if (task.waiting.outcome === false) this.#early.fail(task, task.waiting);
  }

  /** An acquisition that ends at this line has begun before the trace. */
  adopt(task: Task, space: Space, write: boolean, success: boolean): void {
    const waiting = adopted(task, space, write);
    if (waiting === undefined || task.waiting !== undefined || space.broken) return;
    task.waiting = { ...waiting, outcome: success };
    space.waiting.add(task);
  }

  /** mmap_lock_acquire_returned */
  got(task: Task, space: Space, write: boolean, success: boolean, line: TraceLine): void {
    space.lastLockLine = line;
    if (success && !write) this.#adoptWriter(task, space);
    const waiting =
      task.waiting ?? (this.#isDowngrade(task, space, write, success) ? undefined : adopted(task, space, write));
    task.touched.add(space);
    if (waiting === undefined) {
      if (this.#isDowngrade(task, space, write, success)) this.#downgrade(task, space);
      else {
        this.#traced.refuse(
          space,
          `${task.who} has ${success ? "got" : "failed to get"} ${space.lockName} without having started to`,
        );
        if (success) this.#traced.hold(task, space, write);
      }
      return;
    }
    if (waiting.space !== space || waiting.write !== write) {
      this.#traced.refuse(
        waiting.space,
        `${task.who} waits for ${waiting.space.lockName} and gets another, or in another mode`,
      );
      this.#traced.giveUp(space);
      this.#traced.stopWaiting(task);
      if (success) this.#traced.hold(task, space, write);
      return;
    }
    this.#traced.stopWaiting(task);
    if (!space.broken) {
      const reason = success ? this.#acquire(task, waiting) : this.#fail(task, waiting);
      if (reason !== undefined) this.#traced.refuse(space, reason);
    }
    if (success) this.#traced.hold(task, space, write);
    if (!space.broken) this.#tell(task, waiting, success);
    this.#traced.quieten(space);
  }

  /** mmap_lock_released */
  released(task: Task, space: Space, write: boolean, line: TraceLine): void {
    space.lastLockLine = line;
    const held = task.holds.get(space);
    const since = task.early && task.waiting === undefined && !task.touched.has(space);
    task.touched.add(space);
    if (since && !(write ? space.taken : space.written) && this.#lock.take(task, space, write)) {
      this.#traced.hold(task, space, write);
    } else if (task.waiting !== undefined || (held === "write") !== write || held === undefined) {
      this.#traced.refuse(space, `${task.who} lets go of ${space.lockName}, which it does not have in that mode`);
      this.#traced.forget(task, space);
      return;
    }
    const followed = !space.broken;
    this.#traced.forget(task, space);
    if (!followed) return;
    this.#report.compared.locks++;
    this.#listener.released(task, space, write);
    if (task.cut === space) {
      task.cut = undefined;
      if (this.#scripts.standsBefore(task, "mmap_read_unlock", space.id)) this.#scripts.resume(task, null);
      return;
    }
    this.#leave(task, space, write ? "mmap_write_unlock" : "mmap_read_unlock");
  }

  /** What a task announced has happened by its next line. */
  settle(task: Task): void {
    const leaving = task.leaving;
    if (leaving === undefined) return;
    const { space, op, bound } = leaving;
    if (!space.broken) {
      this.#early.failAll(space);
      this.#early.queueWriters(space, op === "mmap_write_downgrade");
    }
    task.leaving = undefined;
    space.leaving.delete(task);
    if (space.broken) {
      this.#traced.quieten(space);
      return;
    }
    this.#model.must(task.id, op, [space.id]);
    if (bound) this.#scripts.resume(task, null);
    else if (op !== "mmap_write_downgrade" && task.foreign.delete(space)) this.#listener.leftForeign(task, space);
    this.#scripts.retryBlocked();
  }

  /** Somebody looks at what all have done so far. */
  settleAll(): void {
    for (const task of this.#world.tasks()) this.settle(task);
  }

  /** A fault that waits for a VMA goes on: writers that announced their release have done it. */
  settleWriters(task: Task): void {
    const { script } = task;
    if (script?.blocked !== true || script.kind !== "fault" || script.space === undefined) return;
    this.#settleOthers(task, script.space, false);
  }

  /** What must be so whenever a task comes from user mode or ends. */
  mustHoldNothing(task: Task): void {
    for (const space of [...task.holds.keys()]) {
      this.#traced.refuse(space, `${task.who} is back in user mode and still has ${space.lockName}`);
      this.#traced.forget(task, space);
    }
  }

  /** What must be so at any line of a task that is no lock line. */
  mustNotWait(task: Task): void {
    if (task.waiting === undefined) return;
    const { space } = task.waiting;
    this.#traced.refuse(space, `${task.who} goes on although it waits for ${space.lockName}`);
    this.#traced.stopWaiting(task);
    this.#traced.quieten(space);
  }

  /** Lines were lost: nobody knows who has what. */
  forgetAll(): void {
    this.#traced.loseAll();
  }

  #acquire(task: Task, waiting: Waiting): string | undefined {
    const { space, write } = waiting;
    this.#report.compared.locks++;
    const kept = space.keptBefore();
    if (kept !== undefined)
      return `${task.who} gets ${space.lockName}, where ${kept} has not let go of one that is gone`;
    if (waiting.applied === "held") return undefined;
    const queues = !write && waiting.applied === undefined && this.#isNextAfterWriter(space);
    if (queues && this.#early.queueReader(task, waiting)) return undefined;
    this.#settleOthers(task, space, write);
    const trylock =
      waiting.bound && this.#scripts.standsBefore(task, `mmap_${write ? "write" : "read"}_trylock`, space.id);
    if (waiting.applied === "queued") {
      if (!this.#lock.granted(task, space, write))
        return `${task.who} gets ${space.lockName}; ${this.#why(task, space)}`;
    } else if (!trylock || !this.#lock.trylock(task, space, write, true)) {
      if (!this.#take(task, space, write)) return `${task.who} gets ${space.lockName}; ${this.#why(task, space)}`;
      if (trylock) {
        waiting.bound = false;
        this.#scripts.abandon(task, `gets ${space.lockName}, where a trylock must fail`);
      }
    }
    this.#early.failAll(space);
    return undefined;
  }

  /**
   * Takes the lock at once. A reader goes past a writer that waits only where nobody reads: those who announced that they
   * let go have done it then. kernel/locking/rwsem.c, rwsem_down_read_slowpath()
   */
  #take(task: Task, space: Space, write: boolean): boolean {
    if (this.#lock.take(task, space, write)) return true;
    if (write) return false;
    this.#settleOthers(task, space, true);
    return (
      this.#lock.take(task, space, write) || (this.#early.cutShort(task, space) && this.#lock.take(task, space, write))
    );
  }

  #fail(task: Task, waiting: Waiting): string | undefined {
    const { space } = waiting;
    this.#report.compared.failedTrylocks++;
    if (waiting.doomed === true)
      return `${task.who} fails to get ${space.lockName}, at which others have failed because of it`;
    if (this.#early.explainFailure(task, waiting)) return undefined;
    return `${task.who} fails to get ${space.lockName}, which nobody has or waits for`;
  }

  /** Whether a writer is about to let readers in, with nobody in front of the one that asks now. */
  #isNextAfterWriter(space: Space): boolean {
    const writer = [...space.leaving].find((task) => task.leaving!.op !== "mmap_read_unlock");
    return writer !== undefined && this.#lock.queueIsEmpty(space);
  }

  /** Tasks that announced a release which stands in the way have done it. */
  #settleOthers(task: Task, space: Space, write: boolean): void {
    for (const other of [...space.leaving]) {
      if (other !== task && (write || other.leaving!.op !== "mmap_read_unlock")) this.settle(other);
    }
  }

  /** A task that was there before the trace began downgrades: it has held the lock for writing all along. */
  #adoptWriter(task: Task, space: Space): void {
    if (!task.early || task.fresh || task.waiting !== undefined || task.touched.has(space) || space.taken) return;
    if (this.#lock.take(task, space, true)) this.#traced.hold(task, space, true);
  }

  #isDowngrade(task: Task, space: Space, write: boolean, success: boolean): boolean {
    return task.waiting === undefined && success && !write && task.holds.get(space) === "write";
  }

  #downgrade(task: Task, space: Space): void {
    this.#report.compared.downgrades++;
    this.#report.compared.locks++;
    task.holds.set(space, "read");
    if (space.broken) return;
    this.#listener.downgraded(task, space);
    this.#leave(task, space, "mmap_write_downgrade");
  }

  #leave(task: Task, space: Space, op: Leaving["op"]): void {
    const bound = this.#scripts.standsBefore(task, op, space.id);
    if (!bound) this.#scripts.abandon(task, `does ${op} of ${space.lockName}`);
    task.leaving = { space, op, bound };
    space.leaving.add(task);
  }

  /** The procedure that asked for the lock goes on. */
  #tell(task: Task, waiting: Waiting, success: boolean): void {
    const { space, bound } = waiting;
    if (bound) {
      const waitsForResult = this.#scripts.wantsLock(task, space.id, waiting.write);
      const trylock = task.script?.op?.endsWith("_trylock") === true;
      if (!success && !trylock) this.#scripts.abandon(task, `fails to get ${space.lockName}`);
      else if (waitsForResult || task.script?.op?.endsWith("_slowpath") === true) this.#scripts.resume(task, success);
      return;
    }
    if (success && waiting.foreign) task.foreign.add(space);
    if (success) this.#listener.taken(task, space);
    else if (waiting.foreign) this.#listener.leftForeign(task, space);
  }

  /** Who stands in the way. */
  #why(task: Task, space: Space): string {
    const holders = [...space.holders]
      .filter((one) => one !== task)
      .map((one) => `${one.who} has it to ${one.holds.get(space)}`);
    return holders.length > 0 ? holders.join(", ") : "somebody queued before it";
  }
}
