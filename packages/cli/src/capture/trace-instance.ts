import { createReadStream, createWriteStream, existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CliError } from "../command-line/cli-error.ts";

/** What is done to tracefs. */
export interface TraceFiles {
  readonly exists: (path: string) => boolean;
  readonly make: (folder: string) => void;
  readonly remove: (folder: string) => void;
  readonly write: (file: string, text: string) => void;
  readonly copy: (from: string, to: string) => Promise<void>;
}

/** The real one. */
const FILES: TraceFiles = {
  exists: existsSync,
  make: (folder) => mkdirSync(folder),
  remove: rmdirSync,
  write: writeFileSync,
  copy: async (from, to) => {
    await pipeline(createReadStream(from), createWriteStream(to));
  },
};

/** How a private ftrace instance is set up. */
export interface InstanceOptions {
  /** The ring buffer of each CPU. */
  readonly bufferKilobytes: number;
  /** trace_clock: `mono`, or `counter` for a strict order of all CPUs' lines. */
  readonly clock: string;
}

const SYSCALLS = [
  "mmap",
  "munmap",
  "mprotect",
  "mremap",
  "madvise",
  "mlock",
  "munlock",
  "brk",
  "clone",
  "clone3",
  "fork",
  "vfork",
  "process_madvise",
];

/** Events that an import reads, with their filters. Those that a kernel lacks are left out. */
const EVENTS: readonly (readonly [event: string, filter?: string])[] = [
  ["mmap_lock"],
  ...SYSCALLS.flatMap((name): [string][] => [[`syscalls/sys_enter_${name}`], [`syscalls/sys_exit_${name}`]]),
  ["exceptions/page_fault_user"],
  ["exceptions/page_fault_kernel"],
  ["task/task_newtask"],
  ["sched/sched_process_exec"],
  ["sched/sched_process_exit"],
  ["mmap/exit_mmap"],
  ["signal/signal_deliver"],
  ["maple_tree/ma_write"],
  ["kmem/rss_stat"],
  ["kmem/kmem_cache_alloc", 'name == "vm_area_struct" || name == "mm_struct"'],
  ["kmem/kmem_cache_free", 'name == "vm_area_struct" || name == "mm_struct"'],
];

/**
 * A private instance of ftrace: buffers of its own, which nobody else's tracing sees. It is there until `remove`.
 * Documentation/trace/ftrace.rst, "Instances"
 */
export class TraceInstance {
  readonly #path: string;
  readonly #files: TraceFiles;
  #there = true;

  /** @throws CliError E_CAPTURE_UNAVAILABLE when the kernel does not let one be made */
  constructor(tracefs: string, name: string, options: InstanceOptions, files: TraceFiles = FILES) {
    this.#files = files;
    this.#path = join(tracefs, "instances", name);
    try {
      files.make(this.#path);
    } catch (error) {
      const reason = (error as Error).message;
      throw new CliError("E_CAPTURE_UNAVAILABLE", `no ftrace instance can be made: ${reason}.`, error);
    }
    try {
      this.#write("tracing_on", "0");
      this.#write("trace_clock", options.clock);
      this.#write("buffer_size_kb", String(options.bufferKilobytes));
      this.#write("options/event-fork", "1");
      this.#write("options/record-tgid", "1");
      for (const [event, filter] of EVENTS) this.#enable(event, filter);
    } catch (error) {
      this.remove();
      if (error instanceof CliError) throw error;
      const reason = (error as Error).message;
      throw new CliError("E_CAPTURE_UNAVAILABLE", `the ftrace instance cannot be set up: ${reason}.`, error);
    }
  }

  /** Records this process and its children from now on. */
  start(pid: number): void {
    this.#write("set_event_pid", String(pid));
    this.#write("tracing_on", "1");
  }

  /** Records nothing from now on. */
  stop(): void {
    if (this.#there) this.#write("tracing_on", "0");
  }

  /** Writes what was recorded to a file, as text. */
  async save(file: string): Promise<void> {
    await this.#files.copy(join(this.#path, "trace"), file);
  }

  /** Takes the instance away; a second time does nothing. */
  remove(): void {
    if (!this.#there) return;
    this.#there = false;
    for (const [file, text] of [
      ["tracing_on", "0"],
      ["set_event", ""],
    ] as const) {
      if (this.#files.exists(join(this.#path, file))) this.#write(file, text);
    }
    this.#files.remove(this.#path);
  }

  #enable(event: string, filter: string | undefined): void {
    const folder = `events/${event}`;
    if (!this.#files.exists(join(this.#path, folder, "enable"))) return;
    if (filter !== undefined) this.#write(`${folder}/filter`, filter);
    this.#write(`${folder}/enable`, "1");
  }

  #write(file: string, text: string): void {
    this.#files.write(join(this.#path, file), `${text}\n`);
  }
}
