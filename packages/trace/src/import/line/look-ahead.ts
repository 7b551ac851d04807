import type { TraceLine } from "./trace-event.ts";

/** Reads a trace ahead of its replay and links each line to those that come after it. */
export class LookAhead {
  #size: number;
  readonly #lastOfTask = new Map<number, TraceLine>();
  readonly #lastOfLock = new Map<string, TraceLine>();
  #last: TraceLine | undefined;
  /** The next line to be replayed. */
  #head: TraceLine | undefined;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The first line that has not been taken. */
  get head(): TraceLine | undefined {
    return this.#head;
  }

  /** Whether enough lines wait for one to be taken. */
  get full(): boolean {
    return this.#count >= this.#size;
  }

  push(line: TraceLine): void {
    const ofTask = this.#lastOfTask.get(line.pid);
    if (ofTask !== undefined) ofTask.nextOfTask = line;
    this.#lastOfTask.set(line.pid, line);
    const { event } = line;
    if (event.kind === "lock_start" || event.kind === "lock_got" || event.kind === "lock_released") {
      const ofLock = this.#lastOfLock.get(event.mm);
      if (ofLock !== undefined) ofLock.nextOfLock = line;
      this.#lastOfLock.set(event.mm, line);
    }
    if (this.#last !== undefined) this.#last.next = line;
    this.#last = line;
    this.#head ??= line;
    this.#count++;
  }

  /** Reads further ahead from now on. */
  grow(size: number): void {
    this.#size = Math.max(this.#size, size);
  }

  /** Forgets what has been read. Returns how many lines that were. */
  drop(): number {
    const dropped = this.#count;
    this.#lastOfTask.clear();
    this.#lastOfLock.clear();
    this.#last = this.#head = undefined;
    this.#count = 0;
    return dropped;
  }

  /** Takes the oldest line. */
  take(): TraceLine | undefined {
    const line = this.#head;
    if (line === undefined) return undefined;
    this.#head = line.next;
    this.#count--;
    return line;
  }
}
