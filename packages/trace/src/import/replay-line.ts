import { Binder } from "./kernel/binder.ts";
import { Areas } from "./kernel/areas.ts";
import { Calls } from "./kernel/calls.ts";
import { Exits } from "./kernel/exits.ts";
import { Faults } from "./kernel/faults.ts";
import { Forks } from "./kernel/forks.ts";
import { MemoryMap } from "./kernel/memory-map.ts";
import { Resident } from "./kernel/resident.ts";
import type { Shared } from "./kernel/shared.ts";
import { Truth } from "./kernel/truth.ts";
import { waitersOf } from "./lock/adopted-wait.ts";
import { LockHistory } from "./lock/lock-history.ts";
import { isFromUser, isInside, isSchedulers, type TraceLine } from "./line/trace-event.ts";
import { Script } from "./thread/script.ts";
import { FileTruth } from "./truth/file-truth.ts";
import type { TruthFile } from "./truth/truth-file.ts";
import type { Space } from "./world/space.ts";
import type { Task } from "./world/task.ts";

/** Holds one line after the other against the model. */
export class LineReplay {
  readonly #s: Shared;
  readonly #locks: LockHistory;
  readonly #memory: MemoryMap;
  readonly #calls: Calls;
  readonly #resident: Resident;
  readonly #forks: Forks;
  readonly #faults: Faults;
  readonly #binder: Binder;
  readonly #exits: Exits;
  readonly truth: Truth;
  readonly file: FileTruth | undefined;

  constructor(shared: Shared, file: TruthFile | undefined) {
    this.file = file === undefined ? undefined : new FileTruth(shared, file);
    this.#s = shared;
    this.#forks = new Forks(shared);
    this.#memory = new MemoryMap(shared, this.#forks);
    const areas = new Areas(shared.model, shared.kernel);
    this.#calls = new Calls(shared, this.#memory, areas);
    this.#resident = new Resident(shared, areas);
    this.#faults = new Faults(shared, this.#resident);
    this.#binder = new Binder(shared);
    this.#exits = new Exits(shared);
    this.truth = new Truth(shared);
    this.#locks = new LockHistory(shared.model, shared.report, shared.world, shared.scripts, {
      taken: (task, space) => {
        this.truth.lookBegins(task, space);
      },
      downgraded: (task, space) => {
        this.#calls.downgraded(task, space);
      },
      released: (task, space, write) => {
        this.truth.lookEnds(task, space);
        this.#calls.released(task, space, write);
        if (task.fork?.child === space) this.#forks.finish(task);
      },
      leftForeign: (task, space) => {
        shared.scripts.begin(task, new Script("mmput", shared.kernel.mmput(space.id), { space }));
      },
    });
  }

  /** Replays a line. */
  line(line: TraceLine): void {
    const { report, model, world, scripts } = this.#s;
    report.line = line.number;
    world.age++;
    model.time = line.time;
    const task = world.taskOf(line);
    const { event } = line;
    if (!isSchedulers(event)) {
      this.#resident.line(task, event);
      this.#locks.settle(task);
      this.#locks.settleWriters(task);
      if (!isInside(event)) scripts.catchUp(task, line);
      if (event.kind !== "lock_start" && event.kind !== "lock_got" && event.kind !== "lock_released") {
        this.#locks.mustNotWait(task);
      }
      if (isFromUser(event)) {
        this.#locks.mustHoldNothing(task);
        scripts.abandon(task, "is back in user mode");
        task.astray = task.early = false;
        task.strayFault = undefined;
      }
      task.lastLine = line;
      task.name = line.comm;
    }
    this.#dispatch(task, line);
    if (!isSchedulers(event)) task.fresh = false;
    scripts.retryBlocked();
  }

  /** The trace, or what is left of it, begins with these lines, the first of them `first`. */
  begin(first: TraceLine, lines: Iterable<TraceLine>): void {
    this.#s.report.line = first.number;
    this.#s.model.time = first.time;
    for (const line of waitersOf(lines)) {
      const { event } = line;
      if (event.kind !== "lock_got") continue;
      const task = this.#s.world.taskOf(line);
      this.#locks.adopt(task, this.#spaceAt(task, event.mm), event.write, event.success);
    }
  }

  /** Lines are missing from the trace here. */
  lost(): void {
    for (const task of this.#s.world.tasks()) this.#s.scripts.drop(task);
    this.#locks.forgetAll();
    this.#s.world.forget();
  }

  #dispatch(task: Task, line: TraceLine): void {
    const { event } = line;
    const { world } = this.#s;
    switch (event.kind) {
      case "lock_start":
      case "lock_got":
      case "lock_released":
        this.#lockLine(task, line);
        return;
      case "fault":
        this.#faults.fault(task, event.address, event.write, line);
        return;
      case "sys_enter":
        this.#calls.enter(task, event, line);
        return;
      case "sys_exit":
        this.#calls.returned(task, event.name, event.result);
        return;
      case "store":
        this.#memory.store(task, event);
        return;
      case "rss":
        this.#resident.rss(task, event);
        return;
      case "vma_free":
        this.#memory.freed(task, event.vma);
        return;
      case "newtask":
        this.#forks.newTask(task, event.pid, event.comm, event.sharesMm);
        return;
      case "exit_mmap":
        this.#exits.exitMmap(task, event.mm);
        return;
      case "exit":
        if (event.pid === task.pid) this.#exits.exit(task);
        return;
      case "exec":
        world.exec(task, line);
        return;
      case "mmdrop":
        this.#exits.mmdrop(event.mm);
        return;
      case "pages":
        this.truth.pages(task, event.label, event.pages);
        return;
      case "maps":
        this.truth.maps(event.label, event.area);
        return;
      case "phase":
        this.truth.phase(event.name);
        this.#locks.settleAll();
        this.file?.mark(task, event.name);
        return;
      case "mark":
      case "ignored":
      case "kernel_fault":
      case "signal":
      case "vma_alloc":
        return;
      default:
        this.#driver(task, line);
    }
  }

  #driver(task: Task, { event }: TraceLine): void {
    switch (event.kind) {
      case "update_range":
        this.#binder.updateRange(task, event.proc, event.allocate, event.range);
        return;
      case "insert_page":
        this.#binder.insertPage(task, event.vma, event.address);
        return;
      case "insert_page_ret":
        this.#binder.insertPageReturned(task, event.result);
        return;
      case "zap":
        this.#binder.zap(task, event.vma, event.address, event.size);
        return;
      case "free_page_ret":
        this.#binder.freePageReturned(task, event.status);
        return;
      case "vma_close":
        this.#binder.vmaClose(task, event.vma);
        return;
      case "mmput_async":
        this.#binder.mmputAsync(task, event.mm);
        return;
      case "shrink_start":
        this.#binder.shrinkStart(task, event.items, event.scan);
        return;
      case "shrink_end":
        this.#binder.shrinkEnd(task, event.freed);
        return;
      case "page_start":
      case "alloc_lru_start":
      case "free_lru_start":
      case "unmap_user_start":
      case "unmap_user_end":
        this.#binder.page(task, event);
        return;
      default:
    }
  }

  #lockLine(task: Task, line: TraceLine): void {
    const { event } = line;
    if (event.kind === "lock_start") {
      const space = this.#spaceAt(task, event.mm);
      this.#exits.beginIfLeaving(task, space, line);
      this.#locks.start(task, space, event.write, line);
    } else if (event.kind === "lock_got") {
      this.#locks.got(task, this.#spaceAt(task, event.mm), event.write, event.success, line);
    } else if (event.kind === "lock_released") {
      this.#locks.released(task, this.#spaceNamed(task, event.mm), event.write, line);
    }
  }

  /** The address space whose lock is taken: a new one is a child, where the task holds its own lock for writing. */
  #spaceAt(task: Task, pointer: string): Space {
    const known = this.#s.world.space(pointer);
    if (known !== undefined) return known;
    const forking = task.mm !== undefined && task.holds.get(task.mm) === "write" && task.fork === undefined;
    if (forking && task.mm?.lost === false) return this.#forks.begin(task, pointer);
    return this.#s.world.addSpace(task.id, pointer);
  }

  #spaceNamed(task: Task, pointer: string): Space {
    return this.#s.world.spaceNamed(pointer) ?? this.#s.world.addSpace(task.id, pointer);
  }
}
