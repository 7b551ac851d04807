import { LOCK_ORDER, type StepEvent, type Violation, violationKey } from "@faultline/mm";
import type { Program } from "../program.ts";
import { Learned } from "../reduce/learned.ts";
import { collisionBound } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { FingerprintSet, FullKeySet, type Visited } from "../space/visited.ts";
import { Equivariance } from "../symmetry/equivariance.ts";
import { findAlike, splitAlike } from "../symmetry/find-alike.ts";
import { imagesOf } from "../symmetry/images.ts";
import { Orbit } from "../symmetry/orbit.ts";
import { NotAlikeError } from "../thread/errors.ts";
import { DepthFirst, MAX_SLEEPERS, type Observer, type Reduction } from "./depth-first.ts";
import { describeEdge, type Inversion, LockClasses } from "./lock-classes.ts";
import { minimalPath, violationGoal } from "./minimal.ts";
import type { ExploreOptions } from "./options.ts";
import { eventsOf, type Path, switchesOf } from "./path.ts";
import { endingOf, violationsAtEnd } from "./terminal.ts";
import { unreachedSteps, type Unreached } from "./unreached.ts";

/** A rule that some run breaks, with the run. */
export interface Finding {
  readonly violation: Violation;
  /** The run, up to the violating event; for a rule of the end, the whole run. */
  readonly events: readonly StepEvent[];
  /** Neighbouring events of different tasks in it. */
  readonly switches: number;
  /**
   * Set where no run of this program breaks the rule: what it does allows a run of another program to, as lock classes
   * taken in both orders allow a deadlock.
   */
  readonly potential?: true;
  /** Whether no run with fewer switches, or as many and fewer events, reaches this rule at this step. */
  readonly minimal: boolean;
}

/** The reductions that took part. */
export interface Reductions {
  readonly persistentSets: boolean;
  readonly sleepSets: boolean;
  readonly macroSteps: boolean;
  /** Sets of threads, by name, that were taken as interchangeable. */
  readonly alike: readonly (readonly string[])[];
  /** Why threads with the same text were not; undefined when none were refused. */
  readonly whyNotAlike: string | undefined;
}

/** What exploring a program gave. */
export interface Exploration {
  /** `clean` only when every ordering was covered. */
  readonly verdict: "clean" | "violation" | "inconclusive";
  /** Why exploring ended early; undefined when every ordering was covered. */
  readonly stopped: string | undefined;
  /** One finding per task, rule, step and object, in order of task, then of name. */
  readonly findings: readonly Finding[];
  /** Distinct states and executed transitions of the last pass. */
  readonly states: number;
  readonly transitions: number;
  /** Transitions of all passes together. */
  readonly totalTransitions: number;
  /** Passes until nothing new was learned; 1 without persistent sets. */
  readonly passes: number;
  /** Times a reducer ran. */
  readonly reducerRuns: number;
  /** Length of the longest path on the stack, in events. */
  readonly depth: number;
  /** Bytes of the table of visited states, at its end. */
  readonly bytes: number;
  /** The chance that two states shared a fingerprint is at most two to this; -Infinity with full keys. */
  readonly collisionLog2: number;
  readonly reductions: Reductions;
  /** Steps and procedures written in the threads that no run executed. */
  readonly unreached: readonly Unreached[];
}

/**
 * Explores every ordering of a program's steps.
 * A run ends where no thread is enabled; the machine's end rules are checked where every thread has finished (a daemon
 * may wait), and a thread that waits for ever breaks NO-STUCK. A step that breaks a rule is recorded and the run goes
 * on; one that is stopped (an oops) ends its thread alone, which keeps what it holds.
 * @throws ThreadError for a thread that throws, yields what is no step, is not deterministic, or loops without a step
 */
export function explore(program: Program, options: ExploreOptions = {}): Exploration {
  const search = new Search(program, options);
  return search.run();
}

/** Findings are told apart, and sorted, by this. */
function findingKey(violation: Violation): string {
  return `${String(violation.task).padStart(6, "0")} ${violationKey(violation)}`;
}

function isSame(violation: Violation): (other: Violation) => boolean {
  const key = violationKey(violation);
  return (other) => violationKey(other) === key;
}

/** Why a pass ended early that begins anew with renumbered states. */
const RUNAWAY = "the states have endlessly many generations";
/** Why a pass ended early that begins anew with what it has learned. */
const LEARNED = "more was learned than was known at the beginning";
/** Transitions after which the first pass begins anew if it has learned anything; each one after it may take longer. */
const FIRST_PASS = 1000;
const LONGER = 4;

interface Found {
  readonly violation: Violation;
  readonly atEnd: boolean;
  readonly path: Path;
}

class Search implements Observer {
  readonly #program: Program;
  readonly #options: ExploreOptions;
  readonly #found = new Map<string, Found>();
  /** Sets of threads that are taken as interchangeable, by number. */
  #alike: readonly (readonly number[])[];
  /** Set by {@link #begin}. */
  #space!: Space;
  #learned: Learned | undefined;
  #orbit: Orbit | undefined;
  #whyNoSymmetry: string | undefined;
  #locks = new LockClasses();
  #visited: Visited;
  #earlier = 0;
  #earlierRuns = 0;
  #passes = 0;
  #patience = FIRST_PASS;
  /** Whether states are told apart without their generations: only once there are endlessly many else. */
  #renumber = false;

  constructor(program: Program, options: ExploreOptions) {
    this.#program = program;
    this.#options = options;
    this.#alike = (options.symmetry ?? true) ? findAlike(program) : [];
    this.#visited = this.#newVisited();
  }

  run(): Exploration {
    for (;;) {
      let space: Space | undefined;
      try {
        space = this.#begin();
        return this.#explore();
      } catch (error) {
        if (!(error instanceof NotAlikeError) || this.#alike.length === 0) throw error;
        // All that was concluded under the symmetry goes with it.
        this.#earlierRuns += space?.reducerRuns ?? 0;
        this.#found.clear();
        this.#locks = new LockClasses();
        this.#patience = FIRST_PASS;
        this.#alike = splitAlike(this.#alike, error.apart);
        if (error.apart.length === 0) this.#whyNoSymmetry = error.message;
      }
    }
  }

  /** A new space and nothing learned. */
  #begin(): Space {
    const alike = this.#alike;
    const { machine, threads } = this.#program;
    const { memo, persistentSets = true, macroSteps = true } = this.#options;
    const tasks = alike.map((members) => members.map((thread) => threads[thread]!.task));
    const checked = alike.length === 0 ? undefined : new Equivariance(machine, tasks);
    this.#space = new Space(this.#program, {
      alike,
      ...(memo === undefined ? {} : { memo }),
      ...(checked === undefined ? {} : { onRun: (...run) => checked.check(...run) }),
    });
    this.#orbit = alike.length === 0 ? undefined : new Orbit(this.#space, alike);
    const learns = persistentSets || macroSteps;
    this.#learned = learns ? new Learned(threads.length, alike, this.#orbit?.naming) : undefined;
    return this.#space;
  }

  #explore(): Exploration {
    let pass: DepthFirst;
    let stopped: string | undefined;
    for (;;) {
      const cyclic = this.#space.cyclic;
      if (this.#learned !== undefined) this.#learned.changed = false;
      this.#visited = this.#newVisited();
      this.#passes++;
      const reduction = this.#reduction();
      pass = new DepthFirst(this.#space, this.#visited, this, reduction);
      stopped = pass.run();
      if (stopped === RUNAWAY) this.#renumber = true;
      if (stopped === LEARNED) this.#patience *= LONGER;
      if (stopped !== RUNAWAY && stopped !== LEARNED) {
        // What a pass learned, or that programs can come back to where they were, was not known at its beginning.
        const leavesOut = reduction.learned !== undefined || reduction.sleepSets === true;
        const learned = this.#learned?.changed === true || (leavesOut && cyclic !== this.#space.cyclic);
        if (this.#renumber || stopped !== undefined || !learned) break;
      }
      this.#earlier += pass.transitions;
    }
    const inversions = this.#locks.inversions();
    const bits = this.#options.fullKeys === true || this.#renumber ? Infinity : (this.#options.fingerprintBits ?? 128);
    const reductions = this.#reductions();
    const { size: states, bytes } = this.#visited;
    return {
      verdict:
        this.#found.size + inversions.length > 0 ? "violation" : stopped === undefined ? "clean" : "inconclusive",
      stopped,
      findings: [...this.#findings(), ...inversions.map((inversion) => this.#inversion(inversion))],
      states,
      transitions: pass.transitions,
      totalTransitions: this.#earlier + pass.transitions,
      passes: this.#passes,
      reducerRuns: this.#earlierRuns + this.#space.reducerRuns,
      depth: pass.deepest,
      bytes,
      collisionLog2: collisionBound(states, bits),
      reductions,
      unreached: unreachedSteps(this.#space),
    };
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
    const { persistentSets = false, macroSteps = false, sleepSets = false, orbit } = this.#reduction();
    const { threads } = this.#program;
    return {
      persistentSets,
      sleepSets,
      macroSteps,
      alike: (orbit?.sets ?? []).map((members) => members.map((thread) => threads[thread]!.name)),
      whyNotAlike: this.#whyNoSymmetry,
    };
  }

  locks(leaf: Leaf, path: () => Path): void {
    this.#locks.note(leaf, path);
  }

  violations(violations: readonly Violation[], path: () => Path): void {
    for (const violation of violations) this.#note(violation, false, path);
  }

  terminal(ending: "finished" | "stopped" | "deadlock", violations: readonly Violation[], path: () => Path): void {
    for (const violation of violations) this.#note(violation, true, path);
    this.#options.onTerminal?.(ending, () => this.#space.snapshot().encode());
  }

  stop(transitions: number): string | undefined {
    if (!this.#renumber && this.#space.runaway) return RUNAWAY;
    if (transitions >= this.#patience && this.#learned?.changed === true && !this.#renumber) return LEARNED;
    const { budget } = this.#options;
    if (budget === undefined) return undefined;
    if (budget.states !== undefined && this.#visited.size >= budget.states) {
      return `the budget of ${budget.states} states is used up`;
    }
    if (budget.transitions !== undefined && this.#earlier + transitions >= budget.transitions) {
      return `the budget of ${budget.transitions} transitions is used up`;
    }
    if ((transitions & 4095) !== 0) return undefined;
    if (budget.bytes !== undefined && this.#visited.bytes > budget.bytes) {
      return `the table of visited states has reached its ${budget.bytes} bytes`;
    }
    return budget.expired?.() === true ? "time is up" : undefined;
  }

  #note(violation: Violation, atEnd: boolean, path: () => Path): void {
    const key = findingKey(violation);
    if (!this.#found.has(key)) this.#found.set(key, { violation, atEnd, path: path() });
  }

  /** One finding per task, rule, step and object; what was found of one of several alike threads, of each of them. */
  #findings(): Finding[] {
    const findings = new Map<string, Finding>();
    for (const [key, found] of [...this.#found.entries()].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (findings.has(key)) continue;
      const { finding, path } = this.#finding(found);
      findings.set(key, finding);
      if (this.#orbit !== undefined) this.#addImages(findings, finding, path, found.atEnd, this.#orbit);
    }
    return [...findings.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
  }

  #addImages(findings: Map<string, Finding>, of: Finding, first: Path, atEnd: boolean, orbit: Orbit): void {
    const space = this.#space;
    const paths = [first];
    for (const path of paths) {
      for (const image of imagesOf(space, orbit.sets, path)) {
        const broken = atEnd ? violationsAtEnd(space, endingOf(space)) : image.at(-1)!.leaf.violations;
        let isNew = false;
        for (const violation of broken) {
          const key = findingKey(violation);
          if (violation.rule.name !== of.violation.rule.name || findings.has(key)) continue;
          findings.set(key, { ...of, violation, events: eventsOf(space, image) });
          isNew = true;
        }
        if (isNew) paths.push(image);
      }
    }
  }

  #finding({ violation, atEnd, path }: Found): { readonly finding: Finding; readonly path: Path } {
    const first = eventsOf(this.#space, path);
    const bound = { switches: switchesOf(first), events: first.length };
    const smallest =
      (this.#options.minimize ?? true)
        ? minimalPath(this.#space, violationGoal(violation, atEnd), bound, this.#options.minimizeBudget)
        : undefined;
    if (smallest === undefined) {
      return { finding: { violation, events: first, switches: bound.switches, minimal: false }, path };
    }
    const events = eventsOf(this.#space, smallest);
    // The same rule at the same step, in the words of the run that is shown.
    const shown = atEnd ? violation : (smallest.at(-1)?.leaf.violations.find(isSame(violation)) ?? violation);
    return { finding: { violation: shown, events, switches: switchesOf(events), minimal: true }, path: smallest };
  }

  /** Two classes in both orders: the run to the step that closed the circle, and where the other edges were seen. */
  #inversion({ circle, path }: Inversion): Finding {
    const found = eventsOf(this.#space, path);
    const { taken, held } = circle.find((edge) => edge.path === path)!;
    const step = ({ lockEdges }: Leaf): boolean => lockEdges.some((edge) => edge.held === held && edge.taken === taken);
    const bound = { switches: switchesOf(found), events: found.length };
    const smallest =
      (this.#options.minimize ?? true)
        ? minimalPath(this.#space, { step }, bound, this.#options.minimizeBudget)
        : undefined;
    const events = smallest === undefined ? found : eventsOf(this.#space, smallest);
    const { task, op } = events.at(-1)!;
    const violation: Violation = {
      rule: LOCK_ORDER,
      severity: LOCK_ORDER.severity,
      task,
      op,
      object: circle.map(({ held }) => held).join(" > "),
      message: `potential deadlock: ${circle.map((edge) => describeEdge(this.#space, edge)).join("; ")}`,
    };
    return { violation, events, switches: switchesOf(events), minimal: smallest !== undefined, potential: true };
  }

  #newVisited(): Visited {
    return this.#options.fullKeys === true || this.#renumber
      ? new FullKeySet()
      : new FingerprintSet(this.#options.fingerprintBits);
  }
}
