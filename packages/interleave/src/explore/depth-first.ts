import type { Violation } from "@faultline/mm";
import type { Learned } from "../reduce/learned.ts";
import { PersistentSets } from "../reduce/persistent.ts";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf, Outcomes } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { FingerprintSet, type Visited } from "../space/visited.ts";
import type { Orbit } from "../symmetry/orbit.ts";
import { fromCanonical, toCanonical } from "../symmetry/sleep-mask.ts";
import { type Level, newLevel } from "./level.ts";
import type { Path } from "./path.ts";
import { type Ending, endingOf, violationsAtEnd } from "./terminal.ts";
import { UndoLog } from "./undo-log.ts";

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

/** What a pass leaves out. All of it absent: every transition of every state is taken. */
export interface Reduction {
  /** What threads may touch from where they stand, as far as it is known; needed by the next two. */
  readonly learned?: Learned;
  /** Explore persistent sets only. */
  readonly persistentSets?: boolean;
  /** Where only one transition is to be taken, take it and do not store the state. */
  readonly macroSteps?: boolean;
  /** Leave out a transition that was taken before an independent one. At most {@link MAX_SLEEPERS} threads. */
  readonly sleepSets?: boolean;
  /** States that an exchange of alike threads makes equal count as one. */
  readonly orbit?: Orbit;
  /** States that differ by generations alone count as one; whole states are stored then. */
  readonly renumber?: boolean;
}

/** Sets of threads are small integers. */
export const MAX_SLEEPERS = 31;

/** Where programs have loops, at least every so many states in a row are stored, so that no loop goes on unseen. */
const UNSTORED_IN_A_ROW = 16;

/**
 * One pass over the states, depth first, in place: a transition changes the space's current state and is undone on the
 * way back.
 */
export class DepthFirst {
  transitions = 0;
  deepest = 0;
  readonly #space: Space;
  readonly #visited: Visited;
  readonly #observer: Observer;
  readonly #reduction: Reduction;
  readonly #orbit: Orbit | undefined;
  readonly #persistent: PersistentSets | undefined;
  /** Whether transitions are left out, so that cycles need care. */
  readonly #reduces: boolean;
  readonly #inside: Uint8Array;
  readonly #levels: Level[] = [];
  readonly #fingerprint = new Int32Array(LANES);
  readonly #undo = new UndoLog();
  /** Whether a state is looked up by what it would be, before it is made. */
  readonly #foresees: boolean;
  #depth = 0;
  /** States on the stack, known only while some program may come back to one. */
  readonly #open = new Set<string>();

  constructor(space: Space, visited: Visited, observer: Observer, reduction: Reduction = {}) {
    this.#space = space;
    this.#visited = visited;
    this.#observer = observer;
    this.#reduction = reduction;
    this.#orbit = reduction.orbit;
    const threads = space.program.threads.length;
    this.#persistent = reduction.learned === undefined ? undefined : new PersistentSets(threads, reduction.learned);
    this.#reduces = reduction.learned !== undefined || reduction.sleepSets === true;
    this.#inside = new Uint8Array(threads);
    this.#foresees = this.#orbit === undefined && visited instanceof FingerprintSet;
  }

  /** States stored so far. */
  get size(): number {
    return this.#visited.size;
  }

  get bytes(): number {
    return this.#visited.bytes;
  }

  /** @returns why it ended early, or undefined after covering everything */
  run(): string | undefined {
    this.#space.reset();
    this.#orbit?.reset();
    this.#enter(0, undefined, -1, -1);
    let reason: string | undefined;
    while (this.#depth > 0 && reason === undefined) {
      const level = this.#levels[this.#depth - 1]!;
      if (level.next === level.count) {
        this.#leave(level);
        continue;
      }
      const at = level.next++;
      const thread = level.threads[at]!;
      const leaf = level.leaves[at]!;
      if (at > 0 && level.threads[at - 1] !== thread) level.asleep |= (1 << level.threads[at - 1]!) & ~level.cycling;
      this.transitions++;
      if (leaf.lockEdges.length > 0) this.#observer.locks(leaf, this.#path);
      if (leaf.violations.length > 0) this.#observer.violations(leaf.violations, this.#path);
      this.#take(level, thread, leaf);
      reason = this.#observer.stop(this.transitions);
    }
    while (this.#depth > 0) this.#leave(this.#levels[this.#depth - 1]!);
    return reason;
  }

  /** Makes a transition, unless all that comes after it is covered. */
  #take(level: Level, thread: number, leaf: Leaf): void {
    const space = this.#space;
    const asleep = this.#reduction.sleepSets === true ? stillAsleep(level, thread, leaf) : 0;
    const reached = space.reached(thread, leaf);
    const { writes } = leaf;
    const fingerprint = this.#fingerprint;
    fingerprint.set(space.fingerprint);
    for (let i = 0; i < writes.length; i += 2) space.mix(writes[i]!, writes[i + 1]!, fingerprint);
    space.mix(thread, reached, fingerprint);
    if (this.#foresees) {
      if (this.#open.size > 0) this.#closeCycle(level, thread, fingerprint);
      const mask = this.#visited.lookup(fingerprint, this.#text);
      if (mask >= 0 && (mask & ~asleep) === 0) return;
      this.#move(writes, thread, reached);
      this.#arrive(thread, leaf, asleep, mask, fingerprint);
      return;
    }
    const mark = this.#undo.end;
    this.#move(writes, thread, reached);
    const key = this.#orbit?.key ?? fingerprint;
    if (this.#open.size > 0) this.#closeCycle(level, thread, key);
    const mask = this.#visited.lookup(key, this.#text);
    if (mask < 0 || (mask & ~this.#canonical(asleep)) !== 0) this.#arrive(thread, leaf, asleep, mask, key);
    else this.#takeBack(mark, level.fingerprint);
  }

  /**
   * A reduced set that closes a cycle could put the others off for ever: the state is expanded in full. And what comes
   * after the step is not covered yet, so that its thread must not sleep for having taken it.
   */
  #closeCycle(level: Level, thread: number, key: Int32Array): void {
    if (!this.#open.has(textOf(key))) return;
    level.count = level.all;
    level.cycling |= 1 << thread;
  }

  /** The current state is one with transitions to take. `mask`: those asleep when it was here before, or -1. */
  #arrive(thread: number, leaf: Leaf, asleep: number, mask: number, key: Int32Array): void {
    if (mask < 0) {
      this.#enter(asleep, leaf, thread, -1);
      return;
    }
    const canonical = this.#canonical(asleep);
    this.#visited.store(key, this.#text, mask & canonical);
    const missing = mask & ~canonical;
    this.#enter(
      asleep,
      leaf,
      thread,
      this.#orbit === undefined ? missing : fromCanonical(this.#orbit, missing, asleep),
    );
  }

  /**
   * Finds out what can happen in the current state and what of it is to be explored.
   * @param asleep threads that sleep on arrival
   * @param leaf the step that led here, and its thread
   * @param only threads to explore of a state that was here before; -1 for a new one
   */
  #enter(asleep: number, leaf: Leaf | undefined, mover: number, only: number): void {
    const space = this.#space;
    const above = this.#levels[this.#depth - 1];
    const level = (this.#levels[this.#depth] ??= newLevel());
    level.count = level.all = level.next = 0;
    level.asleep = asleep;
    level.cycling = 0;
    level.undo = this.#undo.end;
    level.fingerprint.set(space.fingerprint);
    level.openKey = "";
    const threads = space.program.threads.length;
    const { outcomes } = level;
    const { learned } = this.#reduction;
    let enabled = 0;
    for (let thread = 0; thread < threads; thread++) {
      const before = above?.outcomes[thread];
      const stays = before !== undefined && thread !== mover && !before.dependsOn(leaf!);
      const can = (outcomes[thread] = stays ? before : space.outcomes(thread));
      if (can.enabled) enabled++;
      if (learned !== undefined) this.#learn(learned, thread, can);
    }
    this.#depth++;
    if (this.#depth > this.deepest) this.deepest = this.#depth;
    if (enabled === 0) {
      this.#store(0);
      level.unstored = 0;
      const ending = endingOf(space);
      this.#observer.terminal(ending, violationsAtEnd(space, ending), this.#pathHere);
      return;
    }
    this.#choose(level, enabled, only);
    if (only < 0) this.#remember(level, above);
    else level.unstored = 0;
    if (this.#reduces && space.cyclic) {
      level.openKey = textOf(this.#orbit?.key ?? space.fingerprint);
      this.#open.add(level.openKey);
    }
  }

  /** Lists what is to be explored first, then what the reduction sets aside. */
  #choose(level: Level, enabled: number, only: number): void {
    const inside = this.#inside;
    if (only >= 0) {
      for (let thread = 0; thread < level.outcomes.length; thread++) inside[thread] = (only >>> thread) & 1;
    } else if (!this.#reduce(level, enabled)) {
      if (this.#reduces) inside.fill(1);
      this.#list(level, -1);
      level.count = level.all;
      return;
    }
    this.#list(level, 1);
    level.count = level.all;
    this.#list(level, 0);
  }

  #reduce(level: Level, enabled: number): boolean {
    if (enabled === 1 || this.#persistent === undefined) return false;
    const most = this.#reduction.persistentSets === true ? enabled - 1 : this.#reduction.macroSteps === true ? 1 : 0;
    return most > 0 && this.#persistent.find(level.outcomes, this.#space.vector, this.#inside, most) <= most;
  }

  /** Lists the transitions of threads that are awake: of those inside (1) or outside (0) the reduced set, or of all. */
  #list(level: Level, inside: number): void {
    const { outcomes, asleep } = level;
    for (let thread = 0; thread < outcomes.length; thread++) {
      const { enabled, leaves } = outcomes[thread]!;
      if (!enabled || (asleep !== 0 && (asleep & (1 << thread)) !== 0)) continue;
      if (inside >= 0 && this.#inside[thread] !== inside) continue;
      if (this.#orbit !== undefined && this.#isTwin(this.#orbit, level, thread)) continue;
      for (const leaf of leaves) {
        if (leaf.status === "blocked") continue;
        level.threads[level.all] = thread;
        level.leaves[level.all++] = leaf;
      }
    }
  }

  /** Whether an alike thread, with nothing to tell it from this one, is listed already. */
  #isTwin(orbit: Orbit, level: Level, thread: number): boolean {
    const members = orbit.membersWith(thread);
    if (members === undefined) return false;
    for (let i = 0; i < level.all; i++) {
      const other = level.threads[i]!;
      if (other !== thread && members.includes(other) && orbit.compare(other, thread) === 0) return true;
    }
    return false;
  }

  /** Stores the state, unless only one way leads on from it. */
  #remember(level: Level, above: Level | undefined): void {
    level.unstored = (above?.unstored ?? 0) + 1;
    const oneWay = level.count <= 1 && this.#reduction.macroSteps === true;
    if (oneWay && (!this.#space.cyclic || level.unstored < UNSTORED_IN_A_ROW)) return;
    level.unstored = 0;
    // What is set aside here may be taken up later, where there are cycles: then its sleepers count too.
    let sleepers = 0;
    if (level.asleep !== 0) {
      for (let thread = 0; thread < level.outcomes.length; thread++) {
        if (this.#inside[thread] === 1 || this.#space.cyclic) sleepers |= level.asleep & (1 << thread);
      }
    }
    this.#store(this.#canonical(sleepers));
  }

  #store(mask: number): void {
    this.#visited.store(this.#orbit?.key ?? this.#space.fingerprint, this.#text, mask);
  }

  #canonical(mask: number): number {
    return mask === 0 || this.#orbit === undefined ? mask : toCanonical(this.#orbit, mask);
  }

  readonly #text = (): string => {
    const space = this.#space;
    if (this.#orbit !== undefined) return this.#orbit.text();
    return (this.#reduction.renumber === true ? space.generationlessKey() : undefined) ?? space.key();
  };

  readonly #path = (): Path => this.#pathOf(this.#depth);

  /** The path to the state that is being entered. */
  readonly #pathHere = (): Path => this.#pathOf(this.#depth - 1);

  #pathOf(depth: number): Path {
    return this.#levels.slice(0, depth).map(({ threads, leaves, next }) => ({
      thread: threads[next - 1]!,
      leaf: leaves[next - 1]!,
    }));
  }

  #leave(level: Level): void {
    this.#depth--;
    if (level.openKey !== "") this.#open.delete(level.openKey);
    const below = this.#levels[this.#depth - 1];
    if (below === undefined) {
      this.#space.reset();
      return;
    }
    this.#takeBack(below.undo, below.fingerprint);
  }

  #learn(learned: Learned, thread: number, { leaves }: Outcomes): void {
    const position = this.#space.vector[thread]!;
    for (const leaf of leaves) {
      if (leaf.noted.has(position)) continue;
      learned.note(thread, position, leaf, leaf.status === "blocked" ? undefined : this.#space.reached(thread, leaf));
    }
  }

  /** Makes the state current whose fingerprint has been computed. */
  #move(writes: Int32Array, thread: number, reached: number): void {
    for (let i = 0; i < writes.length; i += 2) this.#put(writes[i]!, writes[i + 1]!);
    this.#put(thread, reached);
    this.#space.fingerprint.set(this.#fingerprint);
    this.#orbit?.settle();
  }

  #put(slot: number, value: number): void {
    const { vector } = this.#space;
    const before = vector[slot]!;
    if (before === value) return;
    this.#undo.push(slot, before);
    vector[slot] = value;
    this.#orbit?.change(slot, before, value);
  }

  #takeBack(mark: number, fingerprint: Int32Array): void {
    const { vector } = this.#space;
    const undo = this.#undo;
    while (undo.end > mark) {
      const slot = undo.pop();
      this.#orbit?.change(slot, vector[slot]!, undo.value);
      vector[slot] = undo.value;
    }
    this.#space.fingerprint.set(fingerprint);
    this.#orbit?.settle();
  }
}

/** Of the threads asleep at a level, or done with, those that this step of another thread does not wake. */
function stillAsleep(level: Level, thread: number, leaf: Leaf): number {
  let asleep = 0;
  for (let rest = level.asleep & ~(1 << thread); rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest);
    if (!level.outcomes[other]!.dependsOn(leaf)) asleep |= 1 << other;
  }
  return asleep;
}

function textOf(key: Int32Array): string {
  return `${key[0]} ${key[1]} ${key[2]} ${key[3]}`;
}
