import type { Violation } from "@faultline/mm";
import type { Learned } from "../reduce/learned.ts";
import { type Pending, persistentSet } from "../reduce/persistent.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { LANES } from "../space/fingerprint.ts";
import { FingerprintSet, type Visited } from "../space/visited.ts";
import type { Path } from "./path.ts";
import { type Ending, endingOf, violationsAtEnd } from "./terminal.ts";

/** What a search meets. */
export interface Observer {
  /** A step broke rules; `path` leads to it, the step included. */
  violations(violations: readonly Violation[], path: () => Path): void;
  /** A step waited, or might have, for locks under others; `path` leads to it, the step included. */
  locks(leaf: Leaf, path: () => Path): void;
  /** A run ended in the space's current state. */
  terminal(ending: Ending, violations: readonly Violation[], path: () => Path): void;
  /** Called after each transition: a reason to stop, or undefined. */
  stop(transitions: number): string | undefined;
}

interface Level {
  readonly threads: number[];
  readonly leaves: Leaf[];
  /** Transitions to take: the first `count`. The reduction sets those up to `all` aside. */
  count: number;
  all: number;
  next: number;
  /** Where the undo log stood when the state was entered. */
  undo: number;
  readonly fingerprint: Int32Array;
  /** Not empty while the state is known to be on the stack. */
  key: string;
}

/**
 * One pass over the states, depth first, in place: a transition changes the space's current state and is undone on the
 * way back. With `learned` it explores persistent sets only, by what was learned so far.
 */
export class DepthFirst {
  transitions = 0;
  deepest = 0;
  readonly #space: Space;
  readonly #visited: Visited;
  readonly #observer: Observer;
  readonly #learned: Learned | undefined;
  readonly #renumber: boolean;
  readonly #pending: Pending[];
  readonly #inside: Uint8Array;
  readonly #levels: Level[] = [];
  readonly #fingerprint = new Int32Array(LANES);
  #depth = 0;
  #undo: Int32Array = new Int32Array(1 << 12);
  #undoEnd = 0;
  /** States on the stack, known only while some program may come back to one. */
  readonly #open = new Set<string>();

  /** With `renumber`, states that differ by generations alone count as one; `visited` must hold keys then. */
  constructor(space: Space, visited: Visited, observer: Observer, learned?: Learned, renumber = false) {
    this.#space = space;
    this.#visited = visited;
    this.#observer = observer;
    this.#learned = learned;
    this.#renumber = renumber;
    this.#pending = space.program.threads.map((_, thread) => ({ thread, leaves: [], count: 0, enabled: false }));
    this.#inside = new Uint8Array(space.program.threads.length);
  }

  /** @returns why it ended early, or undefined after covering everything */
  run(): string | undefined {
    this.#space.reset();
    this.#fingerprint.set(this.#space.fingerprint);
    if (this.#visited instanceof FingerprintSet) this.#addFingerprint(this.#visited);
    else this.#visited.add(this.#key());
    this.#enter();
    let reason: string | undefined;
    while (this.#depth > 0 && reason === undefined) {
      const level = this.#levels[this.#depth - 1]!;
      if (level.next === level.count) {
        this.#leave(level);
        continue;
      }
      const thread = level.threads[level.next]!;
      const leaf = level.leaves[level.next]!;
      level.next++;
      this.transitions++;
      if (leaf.lockEdges.length > 0) this.#observer.locks(leaf, this.#path);
      if (this.#take(thread, leaf)) {
        if (leaf.violations.length > 0) this.#observer.violations(leaf.violations, this.#path);
        this.#enter();
      } else {
        if (leaf.violations.length > 0) this.#observer.violations(leaf.violations, this.#path);
        // A reduced set that closes a cycle could put the others off for ever: expand the state in full.
        if (level.count < level.all && this.#open.has(keyOf(this.#fingerprint))) level.count = level.all;
      }
      reason = this.#observer.stop(this.transitions);
    }
    while (this.#depth > 0) this.#leave(this.#levels[this.#depth - 1]!);
    return reason;
  }

  /** Makes a transition if it leads to a state not seen before; else leaves the current state as it is. */
  #take(thread: number, leaf: Leaf): boolean {
    const space = this.#space;
    const { writes } = leaf;
    const reached = space.reached(thread, leaf);
    const fingerprint = this.#fingerprint;
    fingerprint.set(space.fingerprint);
    for (let i = 0; i < writes.length; i += 2) space.mix(writes[i]!, writes[i + 1]!, fingerprint);
    space.mix(thread, reached, fingerprint);
    const visited = this.#visited;
    if (visited instanceof FingerprintSet && !this.#addFingerprint(visited)) return false;
    const mark = this.#undoEnd;
    for (let i = 0; i < writes.length; i += 2) this.#put(writes[i]!, writes[i + 1]!);
    this.#put(thread, reached);
    if (visited instanceof FingerprintSet || visited.add(this.#key())) {
      space.fingerprint.set(fingerprint);
      return true;
    }
    this.#takeBack(mark);
    return false;
  }

  #key(): string {
    return (this.#renumber ? this.#space.generationlessKey() : undefined) ?? this.#space.key();
  }

  #addFingerprint(visited: FingerprintSet): boolean {
    const fingerprint = this.#fingerprint;
    return visited.add(fingerprint[0]!, fingerprint[1]!, fingerprint[2]!, fingerprint[3]!);
  }

  readonly #path = (): Path =>
    this.#levels.slice(0, this.#depth).map(({ threads, leaves, next }) => ({
      thread: threads[next - 1]!,
      leaf: leaves[next - 1]!,
    }));

  /** The current state is new: finds out what can happen in it. */
  #enter(): void {
    const space = this.#space;
    const level = (this.#levels[this.#depth] ??= newLevel());
    level.count = level.all = level.next = 0;
    level.undo = this.#undoEnd;
    level.fingerprint.set(space.fingerprint);
    level.key = "";
    let enabled = 0;
    for (const entry of this.#pending) {
      entry.count = space.pending(entry.thread, entry.leaves);
      entry.enabled = false;
      for (let i = 0; i < entry.count; i++) if (entry.leaves[i]!.status !== "blocked") entry.enabled = true;
      if (entry.enabled) enabled++;
      if (this.#learned !== undefined) this.#learn(this.#learned, entry);
    }
    if (enabled === 0) {
      const ending = endingOf(space);
      this.#observer.terminal(ending, violationsAtEnd(space, ending), this.#path);
    }
    const reduced = this.#learned !== undefined && enabled > 1 && this.#reduce(this.#learned) < enabled;
    this.#list(level, reduced ? 1 : -1);
    level.count = level.all;
    if (reduced) this.#list(level, 0);
    if (this.#learned !== undefined && space.cyclic) {
      level.key = keyOf(space.fingerprint);
      this.#open.add(level.key);
    }
    this.#depth++;
    if (this.#depth > this.deepest) this.deepest = this.#depth;
  }

  /** Lists the transitions of the threads that are inside (1) or outside (0) the reduced set, or all (-1). */
  #list(level: Level, inside: number): void {
    for (const { thread, leaves, count } of this.#pending) {
      if (inside >= 0 && this.#inside[thread] !== inside) continue;
      for (let i = 0; i < count; i++) {
        const leaf = leaves[i]!;
        if (leaf.status === "blocked") continue;
        level.threads[level.all] = thread;
        level.leaves[level.all++] = leaf;
      }
    }
  }

  #leave(level: Level): void {
    this.#depth--;
    if (level.key !== "") this.#open.delete(level.key);
    const below = this.#levels[this.#depth - 1];
    if (below === undefined) {
      this.#space.reset();
      return;
    }
    this.#takeBack(below.undo);
    this.#space.fingerprint.set(below.fingerprint);
  }

  #learn(learned: Learned, { thread, leaves, count }: Pending): void {
    const position = this.#space.vector[thread]!;
    for (let i = 0; i < count; i++) {
      const leaf = leaves[i]!;
      if (leaf.noted.has(position)) continue;
      learned.note(thread, position, leaf, leaf.status === "blocked" ? undefined : this.#space.reached(thread, leaf));
    }
  }

  #reduce(learned: Learned): number {
    const { vector } = this.#space;
    return persistentSet(this.#pending, (thread) => learned.future(thread, vector[thread]!), this.#inside);
  }

  #put(slot: number, value: number): void {
    const { vector } = this.#space;
    const before = vector[slot]!;
    if (before === value) return;
    if (this.#undoEnd + 2 > this.#undo.length) {
      const grown = new Int32Array(2 * this.#undo.length);
      grown.set(this.#undo);
      this.#undo = grown;
    }
    this.#undo[this.#undoEnd++] = slot;
    this.#undo[this.#undoEnd++] = before;
    vector[slot] = value;
  }

  #takeBack(mark: number): void {
    const { vector } = this.#space;
    while (this.#undoEnd > mark) {
      const before = this.#undo[--this.#undoEnd]!;
      vector[this.#undo[--this.#undoEnd]!] = before;
    }
  }
}

function newLevel(): Level {
  return { threads: [], leaves: [], count: 0, all: 0, next: 0, undo: 0, fingerprint: new Int32Array(LANES), key: "" };
}

function keyOf(fingerprint: Int32Array): string {
  return `${fingerprint[0]} ${fingerprint[1]} ${fingerprint[2]} ${fingerprint[3]}`;
}
