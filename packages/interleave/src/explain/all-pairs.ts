import { apply, NO_STUCK, type Violation } from "@faultline/mm";
import type { Finding } from "../explore/exploration.ts";
import { DEFAULT_MINIMAL_BUDGET } from "../explore/minimal.ts";
import { eventsOf, type Path, switchesOf } from "../explore/path.ts";
import { endingOf, violationsAtEnd } from "../explore/terminal.ts";
import type { Program } from "../program.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { type Place, placeOf } from "./place.ts";
import { type Cost, search, type SearchLimits, shortage, type Taken } from "./search.ts";

/** A finding among several for the same rule: by which two steps it comes about. */
export interface PairFinding extends Finding {
  /** The violating step; its op is `end` for what is seen when all is over. */
  readonly step: Place;
  /**
   * The step of another thread that was last to change what the violating step read, at the end the last to change the
   * object; null: nobody has.
   */
  readonly against: Place | null;
}

/** One smallest run per rule and pair of steps. */
export interface AllPairs {
  readonly findings: readonly PairFinding[];
  /** Why not all runs were seen, in words: pairs may be missing, and runs need not be smallest. */
  readonly stopped: string | undefined;
}

export interface AllPairsOptions {
  /** Entries that each search may hold. Default 1,000,000. */
  readonly budget?: number;
  /** Asked now and then whether time is up: this package has no clock. Once it is, it stays so. */
  readonly expired?: () => boolean;
}

/** Steps that break rules and read the same components, or ends of runs at which the same objects are broken. */
interface Group {
  /** Slots that the other step changes. */
  readonly slots: ReadonlySet<number>;
  /** The violating thread; -1 at the end. */
  readonly thread: number;
  readonly leaves: Set<Leaf>;
}

interface Found {
  readonly violation: Violation;
  readonly step: Place;
  readonly against: Place | null;
  readonly cost: Cost;
  readonly path: Path;
}

const END: Place = { thread: "", procedure: null, op: "end" };

/**
 * Finds every pair of steps, by thread, kernel function and name, through which a rule is broken, each with the run that
 * has the fewest switches, then the fewest events. Searches without reductions: once for the violating steps, then once
 * for each set of components that they read.
 */
export function allPairs(program: Program, options: AllPairsOptions = {}): AllPairs {
  const { budget = DEFAULT_MINIMAL_BUDGET, expired } = options;
  const pairs = new PairSearch(program, { entries: budget, ...(expired === undefined ? {} : { expired }) });
  return pairs.run();
}

class PairSearch {
  readonly #space: Space;
  readonly #limits: SearchLimits;
  readonly #groups = new Map<string, Group>();
  readonly #found = new Map<string, Found>();
  #complete = true;

  constructor(program: Program, limits: SearchLimits) {
    this.#space = new Space(program);
    this.#limits = limits;
  }

  run(): AllPairs {
    this.#collect();
    for (const group of this.#groups.values()) this.#searchGroup(group);
    const findings = [...this.#found.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { violation, step, against, path }]): PairFinding => {
        const events = eventsOf(this.#space, path);
        return { violation, events, switches: switchesOf(events), minimal: this.#complete, step, against };
      });
    return { findings, stopped: this.#complete ? undefined : shortage(this.#limits) };
  }

  /** Finds the steps that break rules, and the objects that are broken at the end. */
  #collect(): void {
    const space = this.#space;
    const seen = new Set<Leaf>();
    const ending = search<null>(
      space,
      {
        start: null,
        keyOf: () => "",
        step: (_, { thread, leaf }) => {
          if (leaf.violations.length > 0 && !seen.has(leaf)) {
            seen.add(leaf);
            this.#group(thread, this.#readsOf(thread, leaf)).leaves.add(leaf);
          }
          return null;
        },
        visit: (_, { ended }) => {
          if (ended)
            for (const violation of violationsAtEnd(space, endingOf(space))) this.#group(-1, this.#slotsOf(violation));
          return false;
        },
      },
      this.#limits,
    );
    if (ending === "budget") this.#complete = false;
  }

  #group(thread: number, slots: readonly number[]): Group {
    const key = `${thread} ${slots.join(",")}`;
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { slots: new Set(slots), thread, leaves: new Set() }));
    return group;
  }

  /** What a step reads, its writes left out: exactly what it looked at. */
  #readsOf(thread: number, leaf: Leaf): number[] {
    const { reads } = apply(this.#space.program.machine, this.#space, this.#space.event(thread, leaf));
    return [...reads.keys()].map((ref) => this.#space.slots.slot(ref)).sort((a, b) => a - b);
  }

  /** The component that an object is. */
  #slotsOf({ object }: Violation): number[] {
    const name = object.replace(/#\d+$/, "");
    const { slots } = this.#space;
    return Array.from({ length: slots.size }, (_, slot) => slot).filter((slot) => slots.ref(slot)?.key === name);
  }

  #searchGroup(group: Group): void {
    const space = this.#space;
    const places: Place[] = [];
    const numberOf = (place: Place): number => {
      const known = places.findIndex((one) => textOf(one) === textOf(place));
      return known >= 0 ? known : places.push(place) - 1;
    };
    const ending = search<number>(
      space,
      {
        start: -1,
        keyOf: String,
        bySwitches: true,
        step: (last, taken) => {
          if (group.leaves.has(taken.leaf)) {
            const step = placeOf(space, taken.thread);
            for (const one of taken.leaf.violations) this.#note(one, step, places[last] ?? null, taken);
          }
          const changes = taken.thread !== group.thread && changesOne(space, taken.leaf, group.slots);
          return changes ? numberOf(placeOf(space, taken.thread)) : last;
        },
        visit: (last, at) => {
          if (group.thread >= 0 || !at.ended) return false;
          for (const one of violationsAtEnd(space, endingOf(space))) {
            if (this.#group(-1, this.#slotsOf(one)) !== group) continue;
            const path = at.path();
            this.#note(one, END, places[last] ?? null, { cost: at.cost, path: () => path });
          }
          return false;
        },
      },
      this.#limits,
    );
    if (ending === "budget") this.#complete = false;
  }

  #note(violation: Violation, step: Place, against: Place | null, way: Pick<Taken, "cost" | "path">): void {
    // Who waits for whom is the pair, where threads wait for ever.
    const sides =
      violation.rule === NO_STUCK ? violation.message : `${textOf(step)} / ${against === null ? "" : textOf(against)}`;
    const key = `${String(violation.task).padStart(6, "0")} ${violation.rule.name} ${sides}`;
    const known = this.#found.get(key);
    const { cost } = way;
    if (known !== undefined && !cheaper(cost, known.cost)) return;
    this.#found.set(key, { violation, step, against, cost, path: way.path() });
  }
}

function changesOne(space: Space, { writes }: Leaf, slots: ReadonlySet<number>): boolean {
  for (let i = 0; i < writes.length; i += 2) {
    if (slots.has(writes[i]!) && space.vector[writes[i]!] !== writes[i + 1]) return true;
  }
  return false;
}

function textOf({ thread, procedure, op }: Place): string {
  return `${thread} ${procedure ?? ""} ${op}`;
}

function cheaper(a: Cost, b: Cost): boolean {
  return a.switches < b.switches || (a.switches === b.switches && a.events < b.events);
}
