// A checker of mmap_lock histories that shares nothing with the importer: it follows every order of events that the
// kernel could have produced, as a set of configurations, and ends at the first line that leaves none.
//
// What the kernel does: start_locking is written before the lock is asked for, acquire_returned after it was got (or
// not), released and the acquire_returned of a downgrade before the lock is let go of. So a lock is taken at some time
// between two lines of its task, and let go of at some time between two lines of its task.

/** What a line is to the history of the locks. */
export type Line =
  | { readonly what: "start"; readonly pid: number; readonly mm: string; readonly write: boolean }
  | { readonly what: "released"; readonly pid: number; readonly mm: string; readonly write: boolean }
  | {
      readonly what: "got";
      readonly pid: number;
      readonly mm: string;
      readonly write: boolean;
      readonly success: boolean;
    }
  /** Written by a task that comes from user mode or ends: it holds no lock. */
  | { readonly what: "user"; readonly pid: number; readonly born?: number; readonly ends: boolean }
  /** Written by a program whose other threads are parked: what they have announced has happened. */
  | { readonly what: "parked"; readonly pid: number }
  | { readonly what: "other"; readonly pid: number }
  /** Written in the name of a task wherever it sleeps, or no event at all. */
  | { readonly what: "nothing" };

/** Written by the scheduler, in an interrupt, or while a lock is waited for: says nothing of where the task is. */
const ANYWHERE = /^(?:__mmdrop|sched_switch|contention_begin|contention_end|tlb_flush)\b/;

const NOTHING: Line = { what: "nothing" };

export function parseLine(text: string): Line {
  const [, pidText, shown] =
    /^ *(?:mmr\.\d+: +)?.{1,16}?-(\d+) +(?:\( *[\d-]+\) +)?\[\d+\] +(?:\S+ +)?[\d.]+: +(.*)$/.exec(text) ?? [];
  if (pidText === undefined || shown === undefined || ANYWHERE.test(shown)) return NOTHING;
  // trace-cmd pads the names of events, and calls a mark a print.
  const rest = shown
    .replace(/^(\w+:) +/, "$1 ")
    .replace(/^print: /, "")
    .replace(/^sys_enter_(\w+): .*$/, "sys_$1(");
  const pid = Number(pidText);
  const lock = /^mmap_lock_(start_locking|acquire_returned|released): mm=(\w+) .*write=(\w+)(?: success=(\w+))?/.exec(
    rest,
  );
  if (lock !== null) {
    const [, event, mm, write, success] = lock as unknown as string[];
    const about = { pid, mm: mm!, write: write === "true" };
    if (event === "acquire_returned") return { what: "got", ...about, success: success === "true" };
    return { what: event === "released" ? "released" : "start", ...about };
  }
  const born = /^task_newtask: pid=(\d+)/.exec(rest)?.[1];
  if (born !== undefined) return { what: "user", pid, born: Number(born), ends: false };
  if (rest.startsWith("tracing_mark_write: PHASE ")) return { what: "parked", pid };
  if (/^(page_fault_user:|tracing_mark_write:|signal_deliver:|sys_\w+\(|sched_process_exit:)/.test(rest)) {
    return { what: "user", pid, ends: rest.startsWith("sched_process_exit") };
  }
  return { what: "other", pid };
}

/**
 * What a task has to do with one lock, really: `asks` between its start and its end, having done nothing yet; `queues`;
 * `failed` (a trylock); `reads`, `writes`.
 */
type Part = "asks" | "queues" | "failed" | "reads" | "writes";
type Config = ReadonlyMap<number, Part>;

/** What the lines say a task does: what it waits for, holds, and has announced to let go of. */
interface Task {
  /** There before the trace, and at its first line: it may have asked for a lock before. */
  readonly fresh: boolean;
  /** There before the trace, and not in user mode since: it may hold locks that it has not touched since. */
  readonly early: boolean;
  readonly touched: ReadonlySet<string>;
  readonly waits?: { readonly mm: string; readonly write: boolean };
  readonly holds: ReadonlyMap<string, boolean>;
  readonly leaves?: { readonly mm: string; readonly downgrade: boolean };
}

const NEW: Task = { fresh: false, early: false, touched: new Set(), holds: new Map() };

/** The histories that fit the lines so far. Immutable: a corrupted trace goes on from any line of the real one. */
export class History {
  readonly #tasks: ReadonlyMap<number, Task>;
  readonly #locks: ReadonlyMap<string, readonly Config[]>;
  readonly #used: ReadonlyMap<string, "read" | "written">;

  constructor(
    tasks: ReadonlyMap<number, Task> = new Map(),
    locks: ReadonlyMap<string, readonly Config[]> = new Map(),
    used: ReadonlyMap<string, "read" | "written"> = new Map(),
  ) {
    this.#tasks = tasks;
    this.#locks = locks;
    this.#used = used;
  }

  /** The histories that fit one line more, or undefined when there is none. */
  next(line: Line): History | undefined {
    if (line.what === "nothing") return this;
    const before = this.#settled(line.pid);
    const task = before.#tasks.get(line.pid) ?? { ...NEW, fresh: true, early: true };
    const now = before.#fits(task, line);
    const after = now === undefined ? undefined : now.#tasks.get(line.pid);
    return now !== undefined && after?.fresh === true ? now.#with(line.pid, { ...after, fresh: false }) : now;
  }

  /** Whether nobody who has shown has, waits for, or is about to let go of any lock. */
  get isQuiet(): boolean {
    return [...this.#tasks.values()].every(
      ({ waits, holds, leaves }) => waits === undefined && holds.size === 0 && leaves === undefined,
    );
  }

  #fits(task: Task, line: Exclude<Line, { what: "nothing" }>): History | undefined {
    const { pid } = line;
    switch (line.what) {
      case "other":
        return task.waits === undefined ? this.#with(pid, task) : undefined;
      case "parked": {
        const all = [...this.#tasks.keys()].reduce((history: History, one) => history.#settled(one), this);
        return all.#fits(task, { what: "user", pid, ends: false });
      }
      case "user": {
        if (task.waits !== undefined || task.holds.size > 0) return undefined;
        if (line.ends) return this.#with(pid, undefined);
        const back = this.#with(pid, { ...task, early: false });
        return line.born === undefined ? back : back.#with(line.born, NEW);
      }
      case "start":
        if (task.waits !== undefined || task.holds.has(line.mm)) return undefined;
        return this.#with(pid, { ...touch(task, line.mm), waits: line }).#part(line.mm, pid, "asks");
      case "got":
        return this.#got(task, line);
      case "released":
        return this.#released(task, line);
    }
  }

  #got(task: Task, line: Line & { what: "got" }): History | undefined {
    const { pid, mm, write, success } = line;
    if (task.waits === undefined && success && !write) {
      const since = this.#held(task, pid, mm, true);
      const holds = since === undefined ? task.holds : new Map(task.holds).set(mm, true);
      if (holds.get(mm) === true && !task.fresh) {
        const leaves = { mm, downgrade: true };
        return (since ?? this).#with(pid, { ...touch(task, mm), holds: new Map(holds).set(mm, false), leaves });
      }
    }
    // A task that was there before the trace may have asked for the lock before it.
    const asked = task.waits === undefined && task.fresh ? this.#part(mm, pid, "asks") : this;
    if (asked === this && (task.waits?.mm !== mm || task.waits.write !== write)) return undefined;
    const { waits: _, ...rest } = touch(task, mm);
    const holds = success ? new Map(task.holds).set(mm, write) : task.holds;
    const now = asked.#with(pid, { ...rest, holds });
    const part = !success ? "failed" : write ? "writes" : "reads";
    return now.#keep(mm, write && success, success, (config) => config.get(pid) === part, success ? undefined : pid, {
      pid,
      write,
    });
  }

  #released(task: Task, { pid, mm, write }: Line & { what: "released" }): History | undefined {
    const leaves = { mm, downgrade: false };
    const since = this.#held(task, pid, mm, write);
    if (since !== undefined) return since.#with(pid, { ...touch(task, mm), leaves });
    if (task.waits !== undefined || task.holds.get(mm) !== write) return undefined;
    const holds = new Map(task.holds);
    holds.delete(mm);
    return this.#with(pid, { ...task, holds, leaves });
  }

  /** The histories in which the task holds a lock since before the trace; undefined when it cannot. */
  #held(task: Task, pid: number, mm: string, write: boolean): History | undefined {
    if (!task.early || task.waits !== undefined || task.touched.has(mm)) return undefined;
    if (write ? this.#used.has(mm) : this.#used.get(mm) === "written") return undefined;
    return this.#uses(mm, write).#part(mm, pid, write ? "writes" : "reads");
  }

  /** Somebody has, or had since before the trace, the lock. */
  #uses(mm: string, write: boolean): History {
    const use = write ? "written" : (this.#used.get(mm) ?? "read");
    return new History(this.#tasks, this.#locks, new Map(this.#used).set(mm, use));
  }

  /** What the task announced has happened by its next line. */
  #settled(pid: number): History {
    const task = this.#tasks.get(pid);
    if (task?.leaves === undefined) return this;
    const { leaves, ...rest } = task;
    const wanted = leaves.downgrade ? "reads" : undefined;
    const kept = this.#keep(leaves.mm, false, false, (config) => config.get(pid) === wanted);
    return kept!.#with(pid, rest);
  }

  #with(pid: number, task: Task | undefined): History {
    const tasks = new Map(this.#tasks);
    if (task === undefined) tasks.delete(pid);
    else tasks.set(pid, task);
    return new History(tasks, this.#locks, this.#used);
  }

  #part(mm: string, pid: number, part: Part): History {
    const configs = (this.#locks.get(mm) ?? [new Map()]).map((config) => new Map(config).set(pid, part));
    return new History(this.#tasks, new Map(this.#locks).set(mm, configs), this.#used);
  }

  /** Keeps the configurations, among those that can have come about by now, that fit. */
  #keep(
    mm: string,
    written: boolean,
    used: boolean,
    fits: (config: Config) => boolean,
    gone?: number,
    asking?: { pid: number; write: boolean },
  ): History | undefined {
    const reached = this.#reach(mm, asking).filter(fits);
    if (reached.length === 0) return undefined;
    const configs = gone === undefined ? reached : unique(reached.map((config) => without(config, gone)));
    const now = new History(this.#tasks, new Map(this.#locks).set(mm, configs), this.#used);
    return used ? now.#uses(mm, written) : now;
  }

  /** Everything that can have happened unseen: steps of those who ask and of those who leave. */
  #reach(mm: string, asking?: { pid: number; write: boolean }): Config[] {
    const found = new Map<string, Config>();
    const todo = [...(this.#locks.get(mm) ?? [new Map<number, Part>()])];
    for (let config = todo.pop(); config !== undefined; config = todo.pop()) {
      const key = keyOf(config);
      if (found.has(key)) continue;
      found.set(key, config);
      for (const [pid, part] of config) {
        const task = this.#tasks.get(pid);
        const write = asking?.pid === pid ? asking.write : task?.waits?.write;
        if (part === "asks" || part === "queues") {
          if (write !== undefined)
            for (const next of steps(config, pid, part, write)) todo.push(new Map(config).set(pid, next));
        } else if (task?.leaves?.mm === mm && part !== "failed") {
          if (!task.leaves.downgrade) todo.push(without(config, pid));
          else if (part === "writes") todo.push(new Map(config).set(pid, "reads"));
        }
      }
    }
    return [...found.values()];
  }
}

/** What a task that asks for a lock, or queues for it, may do next. kernel/locking/rwsem.c */
function* steps(config: Config, pid: number, part: Part, write: boolean): Generator<Part> {
  const others = [...config].filter(([other]) => other !== pid).map(([, what]) => what);
  const writer = others.includes("writes");
  const readers = others.filter((what) => what === "reads").length;
  const queue = others.includes("queues");
  const free = !writer && readers === 0;
  if (write ? free : !writer && (!queue || readers < 2)) yield write ? "writes" : "reads";
  if (part !== "asks") return;
  // Readers need not queue here: with so few of them, one that arrives late can do whatever one that queued can.
  if (write && (!free || queue)) yield "queues";
  if (writer || queue || (write && !free)) yield "failed";
}

function touch(task: Task, mm: string): Task {
  return { ...task, touched: new Set(task.touched).add(mm) };
}

function without(config: Config, pid: number): Config {
  const rest = new Map(config);
  rest.delete(pid);
  return rest;
}

function keyOf(config: Config): string {
  return [...config]
    .sort(([a], [b]) => a - b)
    .map(([pid, part]) => `${pid} ${part}`)
    .join();
}

function unique(configs: readonly Config[]): Config[] {
  return [...new Map(configs.map((config) => [keyOf(config), config])).values()];
}

/** The histories before each line of a trace that has some: `at[i]` before line number i + 1. */
export function historiesOf(lines: readonly Line[]): History[] {
  const at = [new History()];
  for (const line of lines) {
    const next = at.at(-1)!.next(line);
    if (next === undefined) throw new Error(`line ${at.length} fits no history`);
    at.push(next);
  }
  return at;
}

/** The first line, counted from 1, at which no history fits any more; undefined when all do. */
export function firstUnlawful(from: History, lines: readonly Line[], first: number): number | undefined {
  let history: History | undefined = from;
  for (let i = first; i < lines.length; i++) {
    history = history.next(lines[i]!);
    if (history === undefined) return i + 1;
  }
  return undefined;
}
