import { LOCK_ORDER, type Violation, violationKey } from "@faultline/mm";
import { type Checkpoint, CheckpointError } from "../checkpoint/checkpoint.ts";
import { recordPath, restorePath } from "../checkpoint/paths.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { imagesOf } from "../symmetry/images.ts";
import type { Finding } from "./exploration.ts";
import { describeEdge, type Inversion, LockClasses } from "./lock-classes.ts";
import { type Goal, minimalPath, violationGoal } from "./minimal.ts";
import type { ExploreOptions } from "./options.ts";
import { eventsOf, type Path, switchesOf } from "./path.ts";
import { endingOf, violationsAtEnd } from "./terminal.ts";

interface Found {
  readonly violation: Violation;
  readonly atEnd: boolean;
  readonly path: Path;
}

/** What a search has found so far, each with the first run that showed it, and what becomes of it in the answer. */
export class Findings {
  readonly #found = new Map<string, Found>();
  readonly #locks = new LockClasses();
  readonly #keep: "first" | "shortest";

  /** @param keep which of the runs that show the same is kept */
  constructor(keep: "first" | "shortest" = "first") {
    this.#keep = keep;
  }

  /** Rules were broken by the last step of a path, or at its end. */
  note(violations: readonly Violation[], atEnd: boolean, path: () => Path): void {
    for (const violation of violations) {
      const key = findingKey(violation);
      const known = this.#found.get(key);
      if (known !== undefined && this.#keep === "first") continue;
      const met = path();
      if (known === undefined || met.length < known.path.length) this.#found.set(key, { violation, atEnd, path: met });
    }
  }

  /** A step was taken; `path` gives the run that ends with it. */
  noteStep(leaf: Leaf, path: () => Path): void {
    if (leaf.violations.length > 0) this.note(leaf.violations, false, path);
    if (leaf.lockEdges.length > 0) this.#locks.note(leaf, path);
  }

  /** The last step of a path waits, or might have, for locks under others. */
  noteLocks(leaf: Leaf, path: () => Path): void {
    this.#locks.note(leaf, path);
  }

  /** What was found, and the lock classes seen, as data. */
  record(): Pick<Checkpoint, "found" | "locks"> {
    return {
      found: [...this.#found].map(([key, { path, atEnd }]) => ({ path: recordPath(path), atEnd, key })),
      locks: this.#locks.edges().map(({ held, taken, path }) => ({ held, taken, path: recordPath(path) })),
    };
  }

  /**
   * Finds again what was recorded, by doing each run again.
   * @throws CheckpointError when a run does not show what it showed
   */
  restore(space: Space, { found, locks }: Pick<Checkpoint, "found" | "locks">): void {
    for (const { path: recorded, atEnd, key } of found) {
      const path = restorePath(space, recorded);
      const broken = atEnd ? violationsAtEnd(space, endingOf(space)) : (path.at(-1)?.leaf.violations ?? []);
      const violation = broken.find((one) => findingKey(one) === key);
      if (violation === undefined) throw new CheckpointError(`the checkpoint's run does not break ${key}`);
      this.#found.set(key, { violation, atEnd, path });
    }
    for (const { held, taken, path } of locks) this.#locks.restore(held, taken, restorePath(space, path));
  }

  /**
   * One finding per task, rule, step and object, in order of task, then of name, each with its smallest run; what was
   * found of one of several alike threads, for each of them. Then lock classes taken in circles.
   * @param alike sets of alike threads, by number
   */
  list(space: Space, options: ExploreOptions, alike: readonly (readonly number[])[] = []): Shown[] {
    const findings = new Map<string, Shown>();
    for (const [key, found] of [...this.#found.entries()].sort(byKey)) {
      if (findings.has(key)) continue;
      const { finding, run } = this.#finding(space, options, found);
      findings.set(key, { finding, met: found.path });
      addImages(space, findings, { finding, met: found.path }, run, found.atEnd, alike);
    }
    return [
      ...[...findings.entries()].sort(byKey).map(([, finding]) => finding),
      ...this.#locks.inversions().map((inversion) => inverted(space, options, inversion)),
    ];
  }

  #finding(space: Space, options: ExploreOptions, { violation, atEnd, path }: Found): { finding: Finding; run: Path } {
    const smallest = smallestRun(space, options, violationGoal(violation, atEnd), path);
    const run = smallest ?? path;
    const events = eventsOf(space, run);
    const key = violationKey(violation);
    // The same rule at the same step, in the words of the run that is shown.
    const inThisRun = run.at(-1)?.leaf.violations.find((other) => violationKey(other) === key);
    const shown = atEnd ? violation : (inThisRun ?? violation);
    const minimal = smallest !== undefined;
    return { finding: { violation: shown, events, switches: switchesOf(events), minimal }, run };
  }
}

/** A finding, and the run in which it was met. */
export interface Shown {
  readonly finding: Finding;
  readonly met: Path;
}

/** Findings are told apart, and sorted, by this. */
function findingKey(violation: Violation): string {
  return `${String(violation.task).padStart(6, "0")} ${violationKey(violation)}`;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** What an exchange of alike threads makes of a finding: as real, and as small. */
function addImages(
  space: Space,
  findings: Map<string, Shown>,
  { finding: of, met }: Shown,
  first: Path,
  atEnd: boolean,
  alike: readonly (readonly number[])[],
): void {
  const paths = [first];
  for (const path of paths) {
    for (const image of imagesOf(space, alike, path)) {
      const broken = atEnd ? violationsAtEnd(space, endingOf(space)) : image.at(-1)!.leaf.violations;
      const fresh = broken.filter(
        (violation) => violation.rule.name === of.violation.rule.name && !findings.has(findingKey(violation)),
      );
      if (fresh.length === 0) continue;
      const events = eventsOf(space, image);
      for (const violation of fresh) {
        findings.set(findingKey(violation), { finding: { ...of, violation, events }, met });
      }
      paths.push(image);
    }
  }
}

/** Two classes in both orders: the run to the step that closed the circle, and where the other edges were seen. */
function inverted(space: Space, options: ExploreOptions, { circle, path }: Inversion): Shown {
  const { taken, held } = circle.find((edge) => edge.path === path)!;
  const step = ({ lockEdges }: Leaf): boolean => lockEdges.some((edge) => edge.held === held && edge.taken === taken);
  const smallest = smallestRun(space, options, { step }, path);
  const events = eventsOf(space, smallest ?? path);
  const { task, op } = events.at(-1)!;
  const violation: Violation = {
    rule: LOCK_ORDER,
    severity: LOCK_ORDER.severity,
    task,
    op,
    object: circle.map((edge) => edge.held).join(" > "),
    message: `potential deadlock: ${circle.map((edge) => describeEdge(space, edge)).join("; ")}`,
  };
  const minimal = smallest !== undefined;
  return { finding: { violation, events, switches: switchesOf(events), minimal, potential: true }, met: path };
}

/** The smallest run to a goal, which a run is known to reach; undefined when it is not asked for or takes too long. */
function smallestRun(
  space: Space,
  { minimize = true, minimizeBudget, budget }: ExploreOptions,
  goal: Goal,
  known: Path,
): Path | undefined {
  if (!minimize) return undefined;
  const events = eventsOf(space, known);
  return minimalPath(
    space,
    goal,
    { switches: switchesOf(events), events: events.length },
    {
      ...(minimizeBudget === undefined ? {} : { entries: minimizeBudget }),
      ...(budget?.expired === undefined ? {} : { expired: budget.expired }),
    },
  );
}
