import { type Held, heldBy, LRU, type Value } from "@faultline/mm";
import { isFromUser, isInside, isSchedulers, type TraceLine } from "../line/trace-event.ts";
import { BLOCKED, type Model } from "../model.ts";
import type { Report } from "../report.ts";
import type { Task } from "../world/task.ts";
import type { World } from "../world/world.ts";
import { holdOf } from "./hold.ts";
import { letGo } from "./let-go.ts";
import type { Script } from "./script.ts";

/**
 * Plays the model's procedures, one per task, as far as the trace allows: a step that the trace shows waits for its
 * line; a trylock waits for the line that tells how it went; letting go of a driver's lock waits for the task's next
 * line or for whoever needs the lock; everything else happens at once.
 */
export class Scripts {
  readonly #model: Model;
  readonly #report: Report;
  readonly #world: World;
  /** Tasks whose step has to wait. */
  readonly #blocked = new Set<Task>();
  /** Where a procedure that goes on stops again: before the page table after the one that it has zapped. */
  #until: "zapped" | "next table" | undefined;
  /** Called before munmap asks whether it may downgrade. */
  beforeDowngradeCheck: (task: Task, args: readonly Value[]) => void = () => undefined;
  /** Called before mmap asks which neighbours are like what it maps. */
  beforeMergeCheck: (task: Task, args: readonly Value[]) => void = () => undefined;

  constructor(model: Model, report: Report, world: World) {
    this.#model = model;
    this.#report = report;
    this.#world = world;
  }

  /** A task enters a procedure. */
  begin(task: Task, script: Script): void {
    if (task.script !== undefined) this.abandon(task, "begins something else");
    if (script.kind !== "mmput") task.astray = false;
    task.script = script;
    this.advance(task);
  }

  /** The trace does not follow the model's procedure: says so, once, and goes on without it. */
  abandon(task: Task, what: string): void {
    const script = task.script;
    if (script === undefined) return;
    const followed = script.space?.lost !== true && script.buffer?.lost !== true;
    this.drop(task);
    if (!followed) return;
    // A call that fails before it has done anything lets go of the lock where one that goes on downgrades it.
    if (script.excused !== undefined && script.op === "mmap_write_downgrade") {
      script.excused();
      return;
    }
    this.#report.differ("ops", `${task.who} ${what}; the model's ${script.label} expects ${script.next}`);
  }

  /** Leaves a procedure in the middle, with nothing locked but what lock lines tell of. */
  drop(task: Task): void {
    if (task.script === undefined) return;
    if (task.call !== undefined) task.call.result = null;
    this.#world.loseBuffers(task.script);
    if (task.script.kind === "shrink") this.#model.run(task.id, "shrink_slab_end", [0]);
    task.script = undefined;
    task.astray = true;
    this.#blocked.delete(task);
    letGo(this.#model, task.id);
    this.retryBlocked();
  }

  /** Whether the task's procedure stands before taking this lock in this mode. */
  wantsLock(task: Task, space: number, write: boolean): boolean {
    const op = task.script?.op;
    const mode = write ? "write" : "read";
    return (op === `mmap_${mode}_lock` || op === `mmap_${mode}_trylock`) && task.script?.args[0] === space;
  }

  /** Whether the task's procedure stands before this step on this address space. */
  standsBefore(task: Task, op: string, space: number): boolean {
    return task.script?.op === op && task.script.args[0] === space;
  }

  /** The step that the procedure stood before has been taken, with this result. */
  resume(task: Task, result: Value): void {
    const script = task.script;
    if (script === undefined) return;
    script.passed = false;
    script.coroutine.resume(result);
    this.advance(task);
  }

  /** Before a line of the task is looked at: what it must have done by now. */
  catchUp(task: Task, line: TraceLine): void {
    for (let script = task.script; script !== undefined; script = task.script) {
      const hold = holdOf(script);
      if (hold === "unlock") this.#unlock(task);
      else if (hold === "lock" && !script.blocked) {
        script.passed = true;
        this.advance(task);
      } else if (hold === "trylock") {
        if (!this.#decide(task, line)) return;
      } else if (hold === "pace" && !script.blocked && showsProgress(task, line)) this.goOn(task, line);
      else break;
    }
    if (!this.#blocked.has(task)) return;
    this.advance(task);
    if (this.#blocked.has(task)) this.abandon(task, "goes on although it has to wait");
  }

  /** A paced procedure has come further: up to its next lock, or past what the line tells of. */
  goOn(task: Task, line?: TraceLine): void {
    const script = task.script;
    if (script === undefined) return;
    script.going = true;
    this.#until = line?.event.kind === "rss" ? "zapped" : undefined;
    this.advance(task);
    this.#until = undefined;
    script.going = false;
  }

  /** Tries again whatever had to wait. */
  retryBlocked(): void {
    for (const task of [...this.#blocked]) this.advance(task);
  }

  /** Goes on until a step has to wait for the trace. */
  advance(task: Task): void {
    for (let script = task.script; script !== undefined; script = task.script) {
      const pending = script.coroutine.pending;
      if (pending === undefined) {
        task.script = undefined;
        this.#blocked.delete(task);
        script.onDone?.(script.coroutine.result);
        return;
      }
      if (this.#until === "next table" && script.op === "pte_offset_map_lock") return;
      const hold = holdOf(script);
      if (hold === "trylock" && this.#failsAtOnce(task, script)) continue;
      if (hold !== "none" && !((hold === "line" || hold === "lock") && script.passed)) return;
      if (pending.kind === "returned") {
        script.passed = false;
        script.coroutine.resume(null);
      } else if (!this.#take(task, script, pending.op, pending.args)) return;
    }
  }

  /** Takes the pending step. False when it has to wait. */
  #take(task: Task, script: Script, op: string, args: readonly Value[]): boolean {
    if (op === "can_downgrade") this.beforeDowngradeCheck(task, args);
    if (op === "can_vma_merge") this.beforeMergeCheck(task, args);
    if (!script.begun && script.mayBegin?.() !== false) {
      script.begun = true;
      script.onBegin?.();
    }
    let outcome = script.begun ? this.#model.run(task.id, op, args) : BLOCKED;
    if (script.begun && outcome.status === "blocked" && this.#demand(task, args[0])) {
      outcome = this.#model.run(task.id, op, args);
    }
    if (outcome.status === "blocked") {
      script.blocked = true;
      this.#blocked.add(task);
      return false;
    }
    if (script.blocked) {
      script.blocked = false;
      this.#blocked.delete(task);
    }
    if (outcome.status === "refused") {
      this.abandon(task, `cannot go on: ${outcome.reason}`);
      return false;
    }
    this.#note(task, script, op, args, outcome.result);
    if (op === "zap_pte_range" && this.#until === "zapped" && outcome.wrote) this.#until = "next table";
    script.passed = false;
    script.coroutine.resume(outcome.result);
    return true;
  }

  /** What later lines are compared with. */
  #note(task: Task, script: Script, op: string, args: readonly Value[], result: Value): void {
    if (op === "binder_get_installed_page") script.index = args[1] as number;
    if (op === "vma_iter_clear") task.cleared = { start: args[1] as number, end: args[2] as number };
    if (op === "mutex_lock" || op === "spin_lock") this.#retryTrylocks(args[0] as string);
    if ((op === "list_lru_add" || op === "list_lru_del") && result === false) {
      const page = JSON.stringify(args[1]);
      this.#report.differ(
        "ops",
        `${op} of ${page} by ${task.who}: the model's list says otherwise (WARN_ON in the kernel)`,
      );
    }
  }

  /** A trylock that the trace knows to fail does so as soon as the model's lock is taken. */
  #failsAtOnce(task: Task, script: Script): boolean {
    return wanted(task) === false && this.#trylock(task, script, false);
  }

  #trylock(task: Task, script: Script, want: boolean): boolean {
    const pending = script.coroutine.pending;
    if (pending?.kind !== "step") return false;
    const outcome = this.#model.runIf(task.id, pending.op, pending.args, (result) => result === want);
    if (outcome.status !== "done" || outcome.result !== want) return false;
    if (!want) this.#report.compared.failedTrylocks++;
    script.coroutine.resume(want);
    return true;
  }

  /** The line tells how the trylock went. False when the model says that it cannot have. */
  #decide(task: Task, line: TraceLine): boolean {
    const script = task.script!;
    const lock = script.args[0] as string;
    if (outcomeBy(line) === false) {
      // With the lock free in the model something else may have made the callback give up: its next line tells.
      if (!this.#trylock(task, script, false) && !this.#trylock(task, script, true)) return false;
    } else if (!this.#trylock(task, script, true)) {
      this.#demand(task, lock);
      if (!this.#trylock(task, script, true)) {
        this.abandon(task, `got ${lock}, which ${this.#holder(lock)} has`);
        return false;
      }
    }
    this.advance(task);
    return true;
  }

  /** Lets those go first whose trylock fails as long as the lock is taken, then lets go of it. */
  #unlock(task: Task): void {
    const script = task.script!;
    const lock = script.args[0] as string;
    this.#retryTrylocks(lock);
    this.#model.must(task.id, script.op!, script.args);
    script.coroutine.resume(null);
    this.advance(task);
    this.retryBlocked();
  }

  #retryTrylocks(lock: string): void {
    for (const task of this.#world.tasks()) {
      const script = task.script;
      if (script === undefined) continue;
      if (script.args[0] !== lock || holdOf(script) !== "trylock") continue;
      if (this.#failsAtOnce(task, script)) this.advance(task);
    }
  }

  /** Makes whoever is about to let go of a driver's lock do so. True when there was somebody. */
  #demand(by: Task, lock: Value | undefined): boolean {
    for (const task of this.#world.tasks()) {
      const script = task.script;
      if (task === by || script === undefined) continue;
      if (script.args[0] !== lock || holdOf(script) !== "unlock") continue;
      this.#unlock(task);
      return true;
    }
    return false;
  }

  #holder(lock: string): string {
    for (const task of this.#world.tasks()) {
      if (this.#held(task).some((held) => held.lock === `lock:${lock}`)) return task.who;
    }
    return "nobody";
  }

  #held(task: Task): readonly Held[] {
    return this.#model.table.get(heldBy.of(task.id));
  }
}

/**
 * Whether a line of its task shows that a paced procedure has come further. Under the write lock nobody can tell when:
 * it goes on when the lock is let go of.
 */
function showsProgress(task: Task, { event }: TraceLine): boolean {
  switch (event.kind) {
    case "rss":
      return ![...task.holds.values()].includes("write");
    case "lock_start":
    case "lock_got":
    case "lock_released":
    case "sys_exit":
      return true;
    default:
      return isFromUser(event);
  }
}

/** How the trylock that a task stands before will go, as far as the trace has been read ahead. */
function wanted(task: Task): boolean | undefined {
  let line = task.lastLine?.nextOfTask;
  while (line !== undefined && (isSchedulers(line.event) || isInside(line.event))) line = line.nextOfTask;
  return line === undefined ? undefined : outcomeBy(line);
}

/** What the line after it says of a trylock of the driver's own lock in the shrinker's callback. */
function outcomeBy(line: TraceLine): boolean | undefined {
  switch (line.event.kind) {
    case "lock_start":
    case "unmap_user_start":
      return true;
    case "lock_released":
      // Either it failed, or there was no VMA to unmap the page from: then the page was reclaimed all the same.
      return returnOf(line) !== LRU.SKIP;
    case "free_page_ret":
      return line.event.status !== LRU.SKIP;
    default:
      return undefined;
  }
}

/** What the callback that writes this line returns; LRU.SKIP beyond what has been read ahead. */
function returnOf(from: TraceLine): number {
  let line = from.nextOfTask;
  for (let i = 0; i < 8 && line !== undefined; i++, line = line.nextOfTask) {
    if (line.event.kind === "free_page_ret") return line.event.status;
  }
  return LRU.SKIP;
}
