import type { Scripts } from "../thread/scripts.ts";
import type { Space } from "../world/space.ts";
import type { Task, Waiting } from "../world/task.ts";
import type { World } from "../world/world.ts";
import { comingLockLines, failsAt, getsItAt, mustQueueNow, nextWriterAt } from "./look-ahead.ts";
import type { ModelLock } from "./model-lock.ts";

/**
 * Steps that acquisitions take before the trace says that they are over, because another task's line needs them: a
 * trylock that fails only while the lock is taken, a writer that queues and makes others fail.
 */
export class EarlySteps {
  readonly #lock: ModelLock;
  readonly #world: World;
  readonly #scripts: Scripts;

  constructor(lock: ModelLock, world: World, scripts: Scripts) {
    this.#lock = lock;
    this.#world = world;
    this.#scripts = scripts;
  }

  /** Fails a trylock, if it fails in the model's present state. */
  fail(task: Task, waiting: Waiting): boolean {
    if (waiting.space.broken || waiting.applied !== undefined) return waiting.applied === "failed";
    if (!this.#lock.trylock(task, waiting.space, waiting.write, false)) return false;
    waiting.applied = "failed";
    return true;
  }

  /** Those whose trylock is known to fail do so now, if they can. */
  failAll(space: Space): void {
    for (const task of space.waiting) if (task.waiting?.outcome === false) this.fail(task, task.waiting);
  }

  /** Brings about, before a failed trylock returns, what makes it fail. False where nothing can have. */
  explainFailure(task: Task, waiting: Waiting): boolean {
    if (waiting.applied === "failed" || this.fail(task, waiting)) return true;
    if (this.#promote(waiting) && this.fail(task, waiting)) return true;
    return this.#doom(task, waiting) || this.#hasUnseen(waiting.space);
  }

  /** One that waits has, or has asked for, what makes the trylock fail: whoever gets it first; a reader only a writer's. */
  #promote({ space, write }: Waiting): boolean {
    const those = [...space.waiting].filter(({ waiting }) => canAsk(waiting) && (write || waiting.write));
    const [first] = inTurn(those, space);
    if (first === undefined || this.#cannotHaveAsked(first, space)) return false;
    if (first.waiting!.write) this.#askEarly(first, space, false);
    else if (this.#lock.take(first, space, false)) first.waiting!.applied = "held";
    return true;
  }

  /** Nobody has the lock, so that whoever asks has it; others get it before, and somebody unseen explains that. */
  #cannotHaveAsked(task: Task, space: Space): boolean {
    if (task.waiting!.line === undefined || this.#lock.isTaken(space, this.#world.tasks())) return false;
    return this.#newcomerGetsItAt(space) < getsItAt(task, space) && this.#hasUnseen(space);
  }

  /**
   * Only such wait as will fail themselves. Up to here one of them may yet have queued, or got the lock, which explains what
   * others fail at (a reader only a writer's failure); its own failure is then what fits no history. Of several the last
   * to fail may be that one.
   */
  #doom(task: Task, { space, write }: Waiting): boolean {
    const others = [...space.waiting].filter((other) => {
      return other !== task && other.waiting?.outcome === false && (write || other.waiting.write);
    });
    const last = Math.max(...others.map((other) => failsAt(other, space)));
    const doomed = others.find((other) => failsAt(other, space) === last);
    if (doomed === undefined) return false;
    doomed.waiting!.doomed = true;
    return true;
  }

  /** Somebody who was there before the trace began will show that it had, or waited for, the lock all along. */
  #hasUnseen(space: Space): boolean {
    const started = new Set<number>();
    for (const { pid, event } of comingLockLines(space)) {
      const task = this.#world.known(pid);
      const early = task === undefined ? !this.#world.wasBorn(pid) : task.early && !task.touched.has(space);
      if (event.kind === "lock_start") started.add(pid);
      else if (early && !started.has(pid)) return true;
    }
    return this.#world.mayHideTasks();
  }

  /**
   * Two readers go past a writer that waits, where the second looks before the first is noted as the owner; in the model
   * the second would queue. There the first lets go before it comes in, and has done nothing since.
   * kernel/locking/rwsem.c, rwsem_down_read_slowpath()
   */
  cutShort(task: Task, space: Space): boolean {
    const others = [...space.holders].filter((one) => one !== task && one.cut !== space);
    const [first] = others;
    if (first === undefined || others.length > 1 || first.holds.get(space) !== "read") return false;
    const bound = first.script?.space === space;
    if (bound) this.#scripts.goOn(first);
    if (bound && !this.#scripts.standsBefore(first, "mmap_read_unlock", space.id)) return false;
    if (!this.#lock.unlockRead(first, space)) return false;
    first.cut = space;
    return true;
  }

  /** A reader that finds the lock taken queues, before others do; not one that only tries. Whether it has the lock. */
  queueReader(task: Task, waiting: Waiting): boolean {
    const { space, bound } = waiting;
    if (bound && !this.#scripts.standsBefore(task, "mmap_read_lock", space.id)) return false;
    const has = this.#lock.ask(task, space, false);
    if (has === undefined) return false;
    waiting.applied = has ? "held" : "queued";
    if (!has && bound) this.#scripts.resume(task, false);
    return has;
  }

  /** Writers that must have queued while the lock is still taken do so; it is let go of, or downgraded. */
  queueWriters(space: Space, downgrades: boolean): void {
    for (const task of [...space.waiting]) {
      if (!canAsk(task.waiting) || !task.waiting.write) continue;
      const failed = mustQueueNow(task, space);
      if (failed !== undefined && !this.#isQueuedUntil(space, failed)) this.#askEarly(task, space, downgrades);
    }
  }

  /** Whether a writer waits in the model that will still wait at that line: others fail there because of it. */
  #isQueuedUntil(space: Space, line: number): boolean {
    return [...space.waiting].some((task) => {
      return task.waiting!.write && task.waiting!.applied === "queued" && getsItAt(task, space) > line;
    });
  }

  /**
   * A writer asks before its acquisition returns. Readers that get the lock before the next writer does go first: they
   * queue where the lock is about to be a reader's (`downgrades`), whom nobody goes past; else they can still go past this
   * one. Where somebody has the lock, such as get it after somebody who has not started yet have not had it meanwhile:
   * nobody goes past a writer but alone.
   */
  #askEarly(writer: Task, space: Space, downgrades: boolean): void {
    const turn = nextWriterAt(space);
    const newcomer = this.#newcomerGetsItAt(space);
    for (const task of inTurn(
      [...space.waiting].filter(({ waiting }) => waiting?.write === false),
      space,
    )) {
      const before = this.#lock.isTaken(space, this.#world.tasks()) ? Math.min(turn, newcomer) : turn;
      if (!canAsk(task.waiting) || getsItAt(task, space) >= before) continue;
      if (this.#lock.take(task, space, false)) task.waiting.applied = "held";
      else if (downgrades) this.queueReader(task, task.waiting);
    }
    const hasQueued = writer.waiting!.line === undefined && !this.#lock.isTaken(space, this.#world.tasks());
    const has = hasQueued ? this.#lock.queueWriter(writer, space) : this.#lock.ask(writer, space, true);
    if (has === undefined) return;
    writer.waiting!.applied = has ? "held" : "queued";
    if (!has && writer.waiting!.bound) this.#scripts.resume(writer, false);
  }

  /** Line at which somebody gets the lock who does not wait for it yet. */
  #newcomerGetsItAt(space: Space): number {
    const started = new Set<number>();
    for (const { pid, event, number } of comingLockLines(space)) {
      if (event.kind === "lock_start") started.add(pid);
      else if (event.kind === "lock_got" && event.success && started.has(pid)) return number;
    }
    return Infinity;
  }
}

/** Whether an acquisition that may succeed has not touched the model's lock yet. */
function canAsk(waiting: Waiting | undefined): waiting is Waiting {
  return waiting !== undefined && waiting.applied === undefined && waiting.outcome !== false;
}

/** In the order in which they get the lock; of those beyond what has been read ahead readers, which others may join, first. */
function inTurn(tasks: readonly Task[], space: Space): Task[] {
  const order = (a: Task, b: Task): number => {
    const [first, second] = [getsItAt(a, space), getsItAt(b, space)];
    return first === second ? Number(a.waiting!.write) - Number(b.waiting!.write) : first - second;
  };
  return [...tasks].sort(order);
}
