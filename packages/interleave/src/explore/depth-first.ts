import type { Violation } from "@faultline/mm";
import { CheckpointError, type LevelRecord } from "../checkpoint/checkpoint.ts";
import { leafOf } from "../checkpoint/paths.ts";
import type { Learned } from "../reduce/learned.ts";
import { copyLanes, LANES } from "../space/fingerprint.ts";
import type { Leaf, Outcomes } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { FingerprintSet, type Visited } from "../space/visited.ts";
import type { Orbit } from "../symmetry/orbit.ts";
import { fromCanonical, toCanonical } from "../symmetry/sleep-mask.ts";
import { type Level, newLevel } from "./level.ts";
import type { Path } from "./path.ts";
import { type Ending, endingOf, violationsAtEnd } from "./terminal.ts";
import { type Reduction, Selection } from "./selection.ts";
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
  /** It stopped for that reason; `levels` says where, while it is asked. */
  stopped?(levels: () => LevelRecord[]): void;
}

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
  readonly #selection: Selection;
  /** Whether transitions are left out, so that cycles need care. */
  readonly #reduces: boolean;
  readonly #levels: Level[] = [];
  readonly #fingerprint = new Int32Array(LANES);
  readonly #undo = new UndoLog();
  /** Set where a state is looked up by what it would be, before it is made. */
  readonly #foreseen: FingerprintSet | undefined;
  #depth = 0;
  /** States on the stack, known only while some program may come back to one. */
  readonly #open = new Set<string>();

  constructor(space: Space, visited: Visited, observer: Observer, reduction: Reduction = {}) {
    this.#space = space;
    this.#visited = visited;
    this.#observer = observer;
    this.#reduction = reduction;
    this.#orbit = reduction.orbit;
    this.#selection = new Selection(space, reduction);
    this.#reduces = reduction.learned !== undefined || reduction.sleepSets === true;
    this.#foreseen = this.#orbit === undefined && visited instanceof FingerprintSet ? visited : undefined;
  }

  /** States stored so far. */
  get size(): number {
    return this.#visited.size;
  }

  get bytes(): number {
    return this.#visited.bytes;
  }

  /**
   * @param levels where to go on, when another process began
   * @returns why it ended early, or undefined after covering everything
   */
  run(levels?: readonly LevelRecord[]): string | undefined {
    this.#space.reset();
    this.#orbit?.reset();
    if (levels === undefined) this.#enter(0, undefined, -1, -1);
    else this.#restore(levels);
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
      this.#take(level, at, thread, leaf);
      reason = this.#observer.stop(this.transitions);
    }
    if (reason !== undefined) this.#observer.stopped?.(() => this.#record());
    while (this.#depth > 0) this.#leave(this.#levels[this.#depth - 1]!);
    return reason;
  }

  #record(): LevelRecord[] {
    return this.#levels.slice(0, this.#depth).map((level) => ({
      transitions: level.leaves.slice(0, level.all).map(({ choice }, i) => [level.threads[i]!, choice ?? null]),
      count: level.count,
      next: level.next,
      asleep: level.asleep,
      cycling: level.cycling,
      unstored: level.unstored,
      open: level.openKey !== "",
    }));
  }

  /** Walks back to where another process stopped. */
  #restore(levels: readonly LevelRecord[]): void {
    const space = this.#space;
    levels.forEach((record, i) => {
      const level = (this.#levels[i] ??= newLevel());
      level.undo = this.#undo.end;
      level.fingerprint.set(space.fingerprint);
      space.program.threads.forEach((_, thread) => {
        level.outcomes[thread] = space.outcomes(thread);
      });
      record.transitions.forEach(([thread, choice], at) => {
        level.threads[at] = thread;
        level.leaves[at] = leafOf(space, thread, choice);
      });
      level.all = record.transitions.length;
      level.count = record.count;
      level.next = record.next;
      level.asleep = record.asleep;
      level.cycling = record.cycling;
      level.unstored = record.unstored;
      level.openKey = record.open ? textOf(this.#orbit?.key ?? space.fingerprint) : "";
      if (record.open) this.#open.add(level.openKey);
      this.#depth++;
      if (this.#foreseen !== undefined) this.#lookAhead(level, this.#foreseen);
      if (i === levels.length - 1) return;
      const thread = level.threads[level.next - 1];
      const leaf = level.leaves[level.next - 1];
      if (thread === undefined || leaf === undefined) throw new CheckpointError("the checkpoint's stack is broken");
      const reached = space.reached(thread, leaf);
      space.foresee(thread, leaf, reached, this.#fingerprint);
      this.#move(leaf.writes, thread, reached);
    });
  }

  /** Makes a transition, unless all that comes after it is covered. */
  #take(level: Level, at: number, thread: number, leaf: Leaf): void {
    const space = this.#space;
    const asleep = this.#reduction.sleepSets === true ? stillAsleep(level, thread, leaf) : 0;
    const reached = space.reached(thread, leaf);
    const { writes } = leaf;
    const fingerprint = this.#fingerprint;
    if (this.#foreseen !== undefined) {
      copyLanes(level.ahead, LANES * at, fingerprint, 0);
      if (this.#open.size > 0) this.#closeCycle(level, thread, fingerprint);
      const mask = this.#visited.lookup(fingerprint, this.#text);
      if (mask >= 0 && (mask & ~asleep) === 0) return;
      this.#move(writes, thread, reached);
      this.#arrive(thread, leaf, asleep, mask, fingerprint);
      return;
    }
    space.foresee(thread, leaf, reached, fingerprint);
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
    copyLanes(space.fingerprint, 0, level.fingerprint, 0);
    level.openKey = "";
    const threads = space.program.threads.length;
    const { outcomes } = level;
    const { learned } = this.#reduction;
    const alike = this.#orbit !== undefined;
    let enabled = 0;
    for (let thread = 0; thread < threads; thread++) {
      const before = above?.outcomes[thread];
      const stays = before !== undefined && thread !== mover && !before.mayChangeBy(leaf!, alike);
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
    this.#selection.choose(level, enabled, only);
    if (only < 0) this.#remember(level, above);
    else level.unstored = 0;
    if (this.#foreseen !== undefined) this.#lookAhead(level, this.#foreseen);
    if (this.#reduces && space.cyclic) {
      // A state that was not stored may stand on the stack twice: the lower one tells of it longer.
      const key = textOf(this.#orbit?.key ?? space.fingerprint);
      if (!this.#open.has(key)) this.#open.add((level.openKey = key));
    }
  }

  /**
   * Computes the fingerprints of all states that come next, and asks for their places in the table: memory answers late,
   * but several questions at once, and by the time a transition is taken the answer is there.
   */
  #lookAhead(level: Level, visited: FingerprintSet): void {
    const space = this.#space;
    if (LANES * level.all > level.ahead.length) level.ahead = new Int32Array(2 * LANES * level.all);
    const { ahead } = level;
    for (let i = 0; i < level.all; i++) {
      const thread = level.threads[i]!;
      const leaf = level.leaves[i]!;
      space.foresee(thread, leaf, space.reached(thread, leaf), ahead, LANES * i);
    }
    // All at once, after all that: the shorter the way from one question to the next, the more are under way.
    visited.touch(ahead, level.all);
  }

  /** Stores the state, unless only one way leads on from it. */
  #remember(level: Level, above: Level | undefined): void {
    level.unstored = (above?.unstored ?? 0) + 1;
    const oneWay = level.count <= 1 && this.#reduction.macroSteps === true;
    if (oneWay && (!this.#space.cyclic || level.unstored < UNSTORED_IN_A_ROW)) return;
    level.unstored = 0;
    this.#store(this.#canonical(this.#selection.sleepers(level)));
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
    copyLanes(this.#fingerprint, 0, this.#space.fingerprint, 0);
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
    copyLanes(fingerprint, 0, this.#space.fingerprint, 0);
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
