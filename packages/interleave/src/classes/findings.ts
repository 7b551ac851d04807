import { LOCK_ORDER, type Violation, violationKey } from "@faultline/mm";
import type { Finding } from "../explore/explore.ts";
import { describeEdge, type Inversion, LockClasses } from "../explore/lock-classes.ts";
import { type Goal, minimalPath, violationGoal } from "../explore/minimal.ts";
import { eventsOf, type Path, switchesOf } from "../explore/path.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";

interface Found {
  readonly violation: Violation;
  readonly atEnd: boolean;
  readonly path: Path;
}

/** How to show what was found. */
export interface ShowOptions {
  /** Search the smallest run of each; else the shortest one met is shown. */
  readonly minimize: boolean;
  /** Entries that each search for a smallest run may hold. */
  readonly minimizeBudget?: number;
}

/** A finding and the run that it was met in. */
export interface Shown {
  readonly finding: Finding;
  readonly met: Path;
}

/** What some runs of a program break: one finding per task, rule, step and object, and one per circle of lock classes. */
export class Findings {
  readonly #found = new Map<string, Found>();
  readonly #locks = new LockClasses();

  /** A step was taken; `path` gives the run that ends with it. */
  step(leaf: Leaf, path: () => Path): void {
    for (const violation of leaf.violations) this.#note(violation, false, path);
    if (leaf.lockEdges.length > 0) this.#locks.note(leaf, path);
  }

  /** A run ended and broke rules of the end. */
  end(violations: readonly Violation[], path: () => Path): void {
    for (const violation of violations) this.#note(violation, true, path);
  }

  /** In order of task, then of name; circles of lock classes last. */
  show(space: Space, options: ShowOptions): Shown[] {
    const byName = [...this.#found.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      ...byName.map(([, found]) => this.#finding(space, found, options)),
      ...this.#locks.inversions().map((inversion) => this.#inversion(space, inversion, options)),
    ];
  }

  #note(violation: Violation, atEnd: boolean, path: () => Path): void {
    const key = `${String(violation.task).padStart(6, "0")} ${violationKey(violation)}`;
    const known = this.#found.get(key);
    const met = path();
    if (known === undefined || met.length < known.path.length) this.#found.set(key, { violation, atEnd, path: met });
  }

  #finding(space: Space, { violation, atEnd, path }: Found, options: ShowOptions): Shown {
    const smallest = smallestTo(space, violationGoal(violation, atEnd), path, options);
    const shown = smallest ?? path;
    const key = violationKey(violation);
    // The same rule at the same step, in the words of the run that is shown.
    const same = atEnd ? undefined : shown.at(-1)?.leaf.violations.find((other) => violationKey(other) === key);
    return { met: path, finding: { violation: same ?? violation, ...sizeOf(space, shown, smallest) } };
  }

  /** Two classes in both orders: the run to the step that closed the circle, and where the other edges were seen. */
  #inversion(space: Space, { circle, path }: Inversion, options: ShowOptions): Shown {
    const { taken, held } = circle.find((edge) => edge.path === path)!;
    const step = ({ lockEdges }: Leaf): boolean => lockEdges.some((edge) => edge.held === held && edge.taken === taken);
    const smallest = smallestTo(space, { step }, path, options);
    const size = sizeOf(space, smallest ?? path, smallest);
    const { task, op } = size.events.at(-1)!;
    const violation: Violation = {
      rule: LOCK_ORDER,
      severity: LOCK_ORDER.severity,
      task,
      op,
      object: circle.map((edge) => edge.held).join(" > "),
      message: `potential deadlock: ${circle.map((edge) => describeEdge(space, edge)).join("; ")}`,
    };
    return { met: path, finding: { violation, ...size, potential: true } };
  }
}

function smallestTo(space: Space, goal: Goal, met: Path, options: ShowOptions): Path | undefined {
  if (!options.minimize) return undefined;
  const bound = { switches: switchesOf(eventsOf(space, met)), events: met.length };
  return minimalPath(space, goal, bound, options.minimizeBudget);
}

function sizeOf(
  space: Space,
  shown: Path,
  smallest: Path | undefined,
): Pick<Finding, "events" | "switches" | "minimal"> {
  const events = eventsOf(space, shown);
  return { events, switches: switchesOf(events), minimal: smallest !== undefined };
}
