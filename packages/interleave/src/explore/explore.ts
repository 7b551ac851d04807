import { LOCK_ORDER, type StepEvent, type Violation, violationKey } from "@faultline/mm";
import type { Program } from "../program.ts";
import { Learned } from "../reduce/learned.ts";
import { collisionBound } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { FingerprintSet, FullKeySet, type Visited } from "../space/visited.ts";
import { DepthFirst, type Observer } from "./depth-first.ts";
import { describeEdge, type Inversion, LockClasses } from "./lock-classes.ts";
import { minimalPath, violationGoal } from "./minimal.ts";
import type { ExploreOptions } from "./options.ts";
import { eventsOf, type Path, switchesOf } from "./path.ts";
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

function isSame(violation: Violation): (other: Violation) => boolean {
  const key = violationKey(violation);
  return (other) => violationKey(other) === key;
}

/** Why a pass ended early that begins anew with renumbered states. */
const RUNAWAY = "the states have endlessly many generations";

interface Found {
  readonly violation: Violation;
  readonly atEnd: boolean;
  readonly path: Path;
}

class Search implements Observer {
  readonly #space: Space;
  readonly #options: ExploreOptions;
  readonly #found = new Map<string, Found>();
  readonly #learned: Learned | undefined;
  readonly #locks = new LockClasses();
  #visited: Visited;
  #earlier = 0;
  #passes = 0;
  /** Whether states are told apart without their generations: only once there are endlessly many else. */
  #renumber = false;

  constructor(program: Program, options: ExploreOptions) {
    this.#options = options;
    this.#space = new Space(program, options);
    this.#learned = (options.persistentSets ?? true) ? new Learned(program.threads.length) : undefined;
    this.#visited = this.#newVisited();
  }

  run(): Exploration {
    let pass: DepthFirst;
    let stopped: string | undefined;
    for (;;) {
      const cyclic = this.#space.cyclic;
      if (this.#learned !== undefined) this.#learned.changed = false;
      this.#visited = this.#newVisited();
      this.#passes++;
      // What was learned of one object says nothing of the next one in a renumbered state: no reduction there.
      const learned = this.#renumber ? undefined : this.#learned;
      pass = new DepthFirst(this.#space, this.#visited, this, learned, this.#renumber);
      stopped = pass.run();
      if (stopped === RUNAWAY) {
        this.#renumber = true;
        this.#earlier += pass.transitions;
        continue;
      }
      if (this.#renumber) break;
      // What a pass learned, or that programs can come back to where they were, was not known at its beginning.
      const settled = this.#learned?.changed !== true && (this.#learned === undefined || cyclic === this.#space.cyclic);
      if (stopped !== undefined || settled) break;
      this.#earlier += pass.transitions;
    }
    const inversions = this.#locks.inversions();
    const bits = this.#options.fullKeys === true || this.#renumber ? Infinity : (this.#options.fingerprintBits ?? 128);
    return {
      verdict:
        this.#found.size + inversions.length > 0 ? "violation" : stopped === undefined ? "clean" : "inconclusive",
      stopped,
      findings: [
        ...[...this.#found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => this.#finding(found)),
        ...inversions.map((inversion) => this.#inversion(inversion)),
      ],
      states: this.#visited.size,
      transitions: pass.transitions,
      totalTransitions: this.#earlier + pass.transitions,
      passes: this.#passes,
      reducerRuns: this.#space.reducerRuns,
      depth: pass.deepest,
      bytes: this.#visited.bytes,
      collisionLog2: collisionBound(this.#visited.size, bits),
      unreached: unreachedSteps(this.#space),
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
    const key = `${String(violation.task).padStart(6, "0")} ${violationKey(violation)}`;
    if (!this.#found.has(key)) this.#found.set(key, { violation, atEnd, path: path() });
  }

  #finding({ violation, atEnd, path }: Found): Finding {
    const first = eventsOf(this.#space, path);
    const bound = { switches: switchesOf(first), events: first.length };
    const smallest =
      (this.#options.minimize ?? true)
        ? minimalPath(this.#space, violationGoal(violation, atEnd), bound, this.#options.minimizeBudget)
        : undefined;
    if (smallest === undefined) return { violation, events: first, switches: bound.switches, minimal: false };
    const events = eventsOf(this.#space, smallest);
    // The same rule at the same step, in the words of the run that is shown.
    const shown = atEnd ? violation : (smallest.at(-1)?.leaf.violations.find(isSame(violation)) ?? violation);
    return { violation: shown, events, switches: switchesOf(events), minimal: true };
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
