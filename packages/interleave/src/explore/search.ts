import { hex, type Violation } from "@faultline/mm";
import { type Checkpoint, CheckpointError, type LevelRecord, type VisitedRecord } from "../checkpoint/checkpoint.ts";
import { identityOf } from "../checkpoint/identity.ts";
import { recordSpace, restoreSpace } from "../checkpoint/space-record.ts";
import type { Program } from "../program.ts";
import { Learned } from "../reduce/learned.ts";
import { collisionBound } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { FingerprintSet, FullKeySet, type Visited } from "../space/visited.ts";
import { Equivariance } from "../symmetry/equivariance.ts";
import { type Alike, NOBODY } from "../symmetry/alike.ts";
import { findAlike, splitAlike, withoutPages, withPages } from "../symmetry/find-alike.ts";
import { Orbit } from "../symmetry/orbit.ts";
import { NotAlikeError } from "../thread/errors.ts";
import { DepthFirst, type Observer } from "./depth-first.ts";
import { findLassosIn, type LassoReport } from "../liveness/find-lassos.ts";
import type { Exploration, Reductions } from "./exploration.ts";
import { Findings } from "./findings.ts";
import type { ExploreOptions } from "./options.ts";
import { findingOf } from "./lasso-finding.ts";
import type { Path } from "./path.ts";
import { PreemptionBounded } from "./preemption-bounded.ts";
import { MAX_SLEEPERS, type Reduction } from "./selection.ts";
import type { Ending } from "./terminal.ts";
import { unreachedSteps } from "./unreached.ts";

/** Why a pass ended early that begins anew with renumbered states. */
const RUNAWAY = "the states have endlessly many generations";
/** Why a pass ended early that begins anew with what it has learned. */
const LEARNED = "more was learned than was known at the beginning";
/** Transitions after which the first pass begins anew if it has learned anything; each one after it may take longer. */
const FIRST_PASS = 1000;
const LONGER = 4;

/** States of the graph in which endless cycles are looked for, unless the budget says otherwise. */
const LIVENESS_STATES = 2_000_000;
const CYCLES = "every ordering is covered, but not every endless cycle";

/** Where a pass stands, as far as budgets and results ask. */
interface Pass {
  readonly transitions: number;
  readonly deepest: number;
  /** States stored, and the bytes they take. */
  readonly size: number;
  readonly bytes: number;
}

/** One exploration: passes over the states until one began with all that there was to learn. */
export class Search implements Observer {
  readonly #program: Program;
  readonly #options: ExploreOptions;
  /** Threads that are taken as interchangeable. */
  #alike: Alike;
  /** Whether pages may be exchanged with them. */
  #ownPages: boolean;
  /** Set by {@link #begin}. */
  #space!: Space;
  #learned: Learned | undefined;
  #orbit: Orbit | undefined;
  #whyNotAlike: string | undefined;
  readonly #resume: Checkpoint | undefined;
  #findings = new Findings();
  #pass: Pass | undefined;
  #visited: Visited | undefined;
  #earlier = 0;
  #earlierRuns = 0;
  #passes = 0;
  #patience = FIRST_PASS;
  /** Where a pass stopped, or is to go on. */
  #levels: readonly LevelRecord[] | undefined;
  #cyclic = false;
  /** Whether states are told apart without their generations: only once there are endlessly many else. */
  #renumber = false;

  constructor(program: Program, options: ExploreOptions) {
    this.#program = program;
    this.#options = options;
    this.#resume = options.resume;
    if (this.#resume !== undefined && this.#resume.identity !== identityOf(program, options)) {
      throw new CheckpointError(
        "the checkpoint is of another program, another version of it, or other reductions. " +
          "Resume with the scenario, variant, profile and switches that it was written with.",
      );
    }
    const symmetry = (options.symmetry ?? true) && options.preemptions === undefined;
    this.#ownPages = this.#resume?.ownPages ?? options.pageSymmetry ?? true;
    if (this.#resume !== undefined) this.#alike = { sets: this.#resume.alike, pages: new Map(this.#resume.pages) };
    else this.#alike = symmetry ? findAlike(program) : NOBODY;
  }

  run(): Exploration {
    for (;;) {
      let space: Space | undefined;
      try {
        space = this.#begin();
        return this.#result(this.#options.preemptions === undefined ? this.#passesOver() : this.#bounded());
      } catch (error) {
        if (!(error instanceof NotAlikeError) || this.#alike.sets.length === 0) throw error;
        // All that was concluded under the symmetry goes with it.
        this.#earlierRuns += space?.reducerRuns ?? 0;
        this.#earlier += this.#pass?.transitions ?? 0;
        this.#findings = new Findings();
        this.#patience = FIRST_PASS;
        this.#renumber = false;
        this.#alike = this.#reconsidered(error);
      }
    }
  }

  /** Who is alike after all. */
  #reconsidered({ apart, pages, message }: NotAlikeError): Alike {
    const alike = this.#alike;
    if (pages.size > 0) return withPages(this.#program, alike, pages) ?? splitAlike(alike, [...pages.keys()]);
    if (apart.length > 0) return splitAlike(alike, apart);
    this.#whyNotAlike ??= message;
    if (alike.pages.size === 0) return splitAlike(alike, apart);
    // It may be the pages alone that are not.
    this.#ownPages = false;
    return withoutPages(alike);
  }

  stopped(levels: () => LevelRecord[]): void {
    this.#levels = levels();
  }

  locks(leaf: Leaf, path: () => Path): void {
    this.#findings.noteLocks(leaf, path);
  }

  violations(violations: readonly Violation[], path: () => Path): void {
    this.#findings.note(violations, false, path);
  }

  terminal(ending: Ending, violations: readonly Violation[], path: () => Path): void {
    this.#findings.note(violations, true, path);
    this.#options.onTerminal?.(ending, () => this.#space.snapshot().encode());
  }

  stop(transitions: number): string | undefined {
    if (!this.#renumber && this.#space.runaway) return RUNAWAY;
    if (transitions >= this.#patience && this.#learned?.changed === true && !this.#renumber) return LEARNED;
    const { budget } = this.#options;
    if (budget === undefined) return undefined;
    if (budget.states !== undefined && this.#pass!.size >= budget.states) {
      return `the budget of ${budget.states} states is used up`;
    }
    if (budget.transitions !== undefined && this.#earlier + transitions >= budget.transitions) {
      return `the budget of ${budget.transitions} transitions is used up`;
    }
    if ((transitions & this.#now()) !== 0) return undefined;
    if (budget.bytes !== undefined && this.#pass!.bytes > budget.bytes) {
      return `the table of visited states has reached its ${budget.bytes} bytes`;
    }
    return budget.expired?.() === true ? "time is up" : undefined;
  }

  /** How often the clock is asked: the more threads, the longer a transition takes. */
  #now(): number {
    const { length } = this.#program.threads;
    return length > 512 ? 0 : length > 64 ? 15 : length > 16 ? 255 : 4095;
  }

  /** A new space and nothing learned. */
  #begin(): Space {
    const { threads } = this.#program;
    const { memo, persistentSets = true, macroSteps = true, preemptions } = this.#options;
    const alike = this.#alike;
    const nobody = alike.sets.length === 0;
    const checked = nobody ? undefined : new Equivariance(this.#program, alike);
    this.#pass = undefined;
    this.#space = new Space(this.#program, {
      alike,
      ownPages: this.#ownPages,
      ...(memo === undefined ? {} : { memo }),
      ...(checked === undefined ? {} : { onRun: (...run) => checked.check(...run) }),
    });
    this.#orbit = nobody ? undefined : new Orbit(this.#space, alike);
    const learns = (persistentSets || macroSteps) && preemptions === undefined;
    this.#learned = learns ? new Learned(threads.length, alike.sets, this.#orbit?.naming) : undefined;
    if (this.#resume !== undefined) this.#restore(this.#resume, this.#space);
    return this.#space;
  }

  #restore(checkpoint: Checkpoint, space: Space): void {
    restoreSpace(space, checkpoint.space);
    if (checkpoint.naming !== null) this.#orbit?.naming.restore(checkpoint.naming);
    if (checkpoint.learned !== null) this.#learned?.restore(checkpoint.learned);
    this.#findings.restore(space, checkpoint);
    this.#passes = checkpoint.passes;
    this.#patience = checkpoint.patience;
    this.#earlier = checkpoint.earlier;
    this.#earlierRuns = checkpoint.reducerRuns;
    this.#whyNotAlike = checkpoint.whyNotAlike ?? undefined;
  }

  /** What another process needs to go on from here. */
  #checkpoint(levels: readonly LevelRecord[]): Checkpoint {
    const { transitions, deepest } = this.#pass!;
    return {
      identity: identityOf(this.#program, this.#options),
      alike: this.#alike.sets,
      pages: [...this.#alike.pages],
      ownPages: this.#ownPages,
      whyNotAlike: this.#whyNotAlike ?? null,
      passes: this.#passes,
      patience: this.#patience,
      earlier: this.#earlier,
      transitions,
      reducerRuns: this.#earlierRuns + this.#space.reducerRuns,
      deepest,
      changed: this.#learned?.changed ?? false,
      cyclic: this.#cyclic,
      space: recordSpace(this.#space),
      naming: this.#orbit?.naming.record() ?? null,
      learned: this.#learned?.record() ?? null,
      visited: this.#visited!.record(),
      levels,
      ...this.#findings.record(),
    };
  }

  #newVisited(): Visited {
    const whole = this.#options.fullKeys === true || this.#renumber;
    return whole ? new FullKeySet() : new FingerprintSet(this.#options.fingerprintBits);
  }

  /** @returns why exploring ended early, or undefined */
  #passesOver(): string | undefined {
    let resume = this.#resume;
    for (;;) {
      const space = this.#space;
      const cyclic = resume?.cyclic ?? space.cyclic;
      if (this.#learned !== undefined) this.#learned.changed = resume?.changed ?? false;
      this.#cyclic = cyclic;
      const reduction = this.#reduction();
      const visited = resume === undefined ? this.#newVisited() : restoreVisited(this.#options, resume.visited);
      const pass = new DepthFirst(space, visited, this, reduction);
      this.#visited = visited;
      this.#pass = pass;
      pass.transitions = resume?.transitions ?? 0;
      pass.deepest = resume?.deepest ?? 0;
      if (resume === undefined) this.#passes++;
      const stopped = pass.run(resume?.levels);
      resume = undefined;
      if (stopped === RUNAWAY) this.#renumber = true;
      else if (stopped === LEARNED) this.#patience *= LONGER;
      else {
        // What a pass learned, or that programs can come back to where they were, was not known at its beginning.
        const leavesOut = reduction.learned !== undefined || reduction.sleepSets === true;
        const isOld = this.#learned?.changed === true || (leavesOut && cyclic !== space.cyclic);
        if (this.#renumber || stopped !== undefined || !isOld) return stopped;
      }
      this.#earlier += pass.transitions;
    }
  }

  /** Everything within a bound on preemptions. */
  #bounded(): string | undefined {
    const bound = this.#options.preemptions!;
    const pass = new PreemptionBounded(this.#space, bound, this);
    this.#pass = pass;
    this.#passes++;
    const stopped = pass.run();
    return stopped ?? (pass.cut ? `at most ${bound} ${bound === 1 ? "preemption" : "preemptions"}` : undefined);
  }

  #result(stopped: string | undefined): Exploration {
    const { transitions, deepest, size: states, bytes } = this.#pass!;
    const whole = this.#options.fullKeys === true || this.#renumber;
    const bits = whole ? Infinity : (this.#options.fingerprintBits ?? 128);
    const { reducerRuns } = this.#space;
    const levels = this.#renumber ? undefined : this.#levels;
    const checkpoint = stopped === undefined || levels === undefined ? undefined : this.#checkpoint(levels);
    const liveness = stopped === undefined ? this.#liveness() : undefined;
    const findings = [
      ...this.#findings.list(this.#space, this.#options, this.#alike.sets).map(({ finding }) => finding),
      ...(liveness?.lassos ?? []).map(findingOf),
    ];
    const why = stopped ?? (liveness?.stopped === undefined ? undefined : `${CYCLES}: ${liveness.stopped}`);
    return {
      verdict: findings.length > 0 ? "violation" : why === undefined ? "clean" : "inconclusive",
      stopped: why,
      findings,
      states,
      transitions,
      totalTransitions: this.#earlier + transitions,
      passes: this.#passes,
      reducerRuns: this.#earlierRuns + reducerRuns,
      depth: deepest,
      bytes,
      collisionLog2: collisionBound(states, bits),
      reductions: this.#reductions(),
      unreached: unreachedSteps(this.#space),
      checkpoint,
    };
  }

  /** Livelock and starvation, where some loop has gone round: decided on the whole graph of states. */
  #liveness(): LassoReport | undefined {
    const { liveness = true, preemptions, minimize = true, minimizeBudget, budget = {} } = this.#options;
    if (!liveness || preemptions !== undefined || !this.#space.cyclic) return undefined;
    // What was spent on covering every ordering is no reason to stop here.
    const { states = LIVENESS_STATES, bytes, expired } = budget;
    return findLassosIn(this.#space, {
      budget: { states, ...(bytes === undefined ? {} : { bytes }), ...(expired === undefined ? {} : { expired }) },
      ...(minimize ? (minimizeBudget === undefined ? {} : { minimizeBudget }) : { minimizeBudget: 0 }),
    });
  }

  /** What this pass leaves out. */
  #reduction(): Reduction {
    // What was learned of one object says nothing of the next one in a renumbered state: no reduction there.
    if (this.#renumber) return { renumber: true };
    const { persistentSets = true, macroSteps = true, sleepSets = true } = this.#options;
    return {
      persistentSets,
      macroSteps,
      sleepSets: sleepSets && this.#program.threads.length <= MAX_SLEEPERS,
      ...(this.#learned === undefined ? {} : { learned: this.#learned }),
      ...(this.#orbit === undefined ? {} : { orbit: this.#orbit }),
    };
  }

  #reductions(): Reductions {
    const none = this.#options.preemptions !== undefined;
    const { persistentSets = false, macroSteps = false, sleepSets = false, orbit } = none ? {} : this.#reduction();
    const { threads } = this.#program;
    const namesOf = (members: readonly number[]): string[] => members.map((thread) => threads[thread]!.name);
    const { pages } = this.#alike;
    return {
      persistentSets,
      sleepSets,
      macroSteps,
      alike: (orbit?.sets ?? []).map(namesOf),
      pages: (orbit?.sets ?? []).flatMap((members) =>
        (pages.get(members[0]!) ?? []).map((_, i) => ({
          threads: namesOf(members),
          pages: members.map((thread) => hex(pages.get(thread)![i]!)),
        })),
      ),
      whyNotAlike: this.#whyNotAlike,
    };
  }
}

function restoreVisited({ fingerprintBits }: ExploreOptions, record: VisitedRecord): Visited {
  return record.kind === "whole" ? FullKeySet.restore(record) : FingerprintSet.restore(fingerprintBits, record);
}
