import { ImportError } from "../import-error.ts";
import { LIMITS } from "../limits.ts";
import { ownMm } from "./own-mm.ts";
import type { TraceLine } from "../line/trace-event.ts";
import type { Model } from "../model.ts";
import type { Script } from "../thread/script.ts";
import { type BinderBuffer, Space } from "./space.ts";
import { Task } from "./task.ts";

/** The tasks, address spaces and binder buffers that the trace has spoken of so far. */
export class World {
  readonly #model: Model;
  readonly #tasks = new Map<number, Task>();
  readonly #spaces = new Map<string, Space>();
  /** Binder buffers by the process that mapped them. */
  readonly buffers: Map<number, BinderBuffer> = new Map();
  /** Whether the pages that the shrinker will find are known: not when some buffer's are not. */
  lruKnown = true;
  /** Whether the kernel's count of them has been held against the model's. */
  lruConfirmed = false;
  /** Whether the trace shows stores in trees of VMAs. */
  storesSeen = false;
  /** Whether a call has returned the pid under which the trace names the child: there is one namespace. */
  pidsAgree = false;
  readonly #born = new Set<number>();
  #taskCount = 0;
  #spaceCount = 0;

  /** Whether all lines have been read ahead. */
  allRead = false;
  /** Lines since the trace, or what is left of it, began. */
  age = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Whether a task may have been there since before the trace began and show beyond what has been read ahead. */
  mayHideTasks(): boolean {
    return !this.allRead && this.age < LIMITS.hiddenTasks;
  }

  tasks(): Iterable<Task> {
    return this.#tasks.values();
  }

  known(pid: number): Task | undefined {
    return this.#tasks.get(pid);
  }

  /** The task that wrote a line. One that the trace did not see coming was there before it began. */
  taskOf(line: TraceLine): Task {
    const known = this.#tasks.get(line.pid);
    if (known !== undefined) return known;
    const leader = line.tgid === undefined || line.tgid === line.pid ? undefined : this.#tasks.get(line.tgid);
    return this.addTask(0, line.pid, line.comm, leader?.mm ?? this.#ownSpaceOf(line), true);
  }

  /** The address space of a task that was there before the trace began. */
  #ownSpaceOf(line: TraceLine): Space | undefined {
    const pointer = ownMm(line);
    return pointer === undefined ? undefined : (this.space(pointer) ?? this.addSpace(0, pointer));
  }

  /** Whether a task with this pid was seen to be born. */
  wasBorn(pid: number): boolean {
    return this.#born.has(pid);
  }

  /** A task comes to be, started by task `by` of the model. */
  addTask(by: number, pid: number, name: string, mm: Space | undefined, fresh: boolean): Task {
    if (++this.#taskCount > LIMITS.tasks) {
      throw new ImportError("E_IMPORT_LIMIT", `the trace has more than ${LIMITS.tasks} tasks.`);
    }
    const id = this.#model.must(by, "task_newtask", [name, mm?.id ?? null]) as number;
    const task = new Task(pid, id, name, fresh);
    task.mm = mm;
    mm?.members.add(task);
    this.#tasks.set(pid, task);
    if (!fresh) this.#born.add(pid);
    return task;
  }

  /** A procedure of the driver is left in the middle: the buffers it may have touched are not known any more. */
  loseBuffers({ kind, buffer }: Script): void {
    if (kind !== "install" && kind !== "free" && kind !== "shrink") return;
    this.lruKnown = false;
    for (const one of this.buffers.values()) if (buffer === undefined || one === buffer) one.lost = true;
  }

  /** What was done to a buffer is not known, and so neither is the shrinker's list. */
  lose(buffer: BinderBuffer): void {
    buffer.lost = true;
    this.lruKnown = false;
  }

  /** Lines are missing: memory maps and buffers may have changed, tasks may have come and gone. */
  forget(): void {
    for (const space of this.#spaces.values()) {
      space.lost = true;
      space.taken = space.written = false;
    }
    this.age = 0;
    for (const buffer of this.buffers.values()) buffer.lost = true;
    for (const task of this.#tasks.values()) task.starting = false;
    this.lruKnown = false;
    this.#born.clear();
  }

  /**
   * A task goes on in another address space, whose lock it takes next: in the model it is another task from then on.
   * fs/exec.c, exec_mmap()
   */
  exec(task: Task, line: TraceLine): void {
    const mm = line.nextOfTask === undefined ? undefined : this.#ownSpaceOf(line.nextOfTask);
    this.removeTask(task);
    this.addTask(0, task.pid, line.comm, mm, false);
  }

  /** A task is gone. Its pid may be used again. */
  removeTask(task: Task): void {
    task.mm?.members.delete(task);
    if (this.#tasks.get(task.pid) === task) this.#tasks.delete(task.pid);
  }

  space(pointer: string): Space | undefined {
    const space = this.#spaces.get(pointer);
    return space?.dead === true ? undefined : space;
  }

  /** The address space behind a pointer that a lock line names, also after its end. */
  spaceNamed(pointer: string): Space | undefined {
    return this.#spaces.get(pointer);
  }

  /** The address space with this raw pointer. */
  spaceByRaw(raw: string): Space | undefined {
    for (const space of this.#spaces.values()) if (space.raw === raw) return space;
    return undefined;
  }

  /** An address space comes to be, or comes to be known. */
  addSpace(by: number, pointer: string): Space {
    if (++this.#spaceCount > LIMITS.addressSpaces) {
      throw new ImportError("E_IMPORT_LIMIT", `the trace has more than ${LIMITS.addressSpaces} address spaces.`);
    }
    const id = this.#model.must(by, "mm_alloc", []) as number;
    const space = new Space(id, pointer);
    const before = this.#spaces.get(pointer);
    if (before !== undefined && before.holders.size > 0) space.before = before;
    this.#spaces.set(pointer, space);
    return space;
  }
}
