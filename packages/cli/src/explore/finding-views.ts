import type { Thread } from "@faultline/interleave";
import { canonical, heldBy, NO_STUCK, type Snapshot } from "@faultline/mm";
import { namesFrom } from "../render/names.ts";
import { componentText } from "../render/change-text.ts";
import { type NameOf, valueText } from "../render/value-text.ts";
import type { FindingView } from "../render/finding.ts";
import { lastChange, type OtherSide, otherSideOf } from "../run/other-side.ts";
import { threadNames } from "../run/thread-names.ts";
import { perform } from "../run/perform.ts";
import type { Row } from "../run/row.ts";
import type { Explored } from "./explore-variant.ts";
import type { VariantResult, ViolationResult } from "./result.ts";

/** The findings of a variant as they are shown: those that have the very same run together. */
export function findingViews({ instance, findings }: Explored, result: VariantResult): FindingView[] {
  const { machine, initial, threads } = instance.program;
  const nameOf = namesFrom(threadNames(threads));
  const groups = new Map<string, number[]>();
  findings.forEach(({ events, violation, loop = 0 }, i) => {
    const atEnd = violation.op === "end";
    const key = canonical([atEnd, loop, events.map(({ task, op, args, choice }) => [task, op, args, choice ?? null])]);
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  return [...groups.values()].map((members) => {
    const finding = findings[members[0]!]!;
    const violations = members.map((i) => result.violations[i]!);
    const { rows, final } = perform(machine, initial, finding.events);
    const stuck = finding.violation.rule.name === NO_STUCK.name;
    const loop = finding.loop === undefined ? null : rows.length - finding.loop;
    const at = finding.violation.op === "end" || loop !== null ? null : rows.length - 1;
    const otherSide = loop !== null ? undefined : at === null ? lastTouch(rows, violations) : otherSideOf(rows, at);
    return {
      result,
      violations,
      tasks: threads
        .map(({ task }) => task)
        .filter((task) => threads.length <= 2 || rows.some(({ event }) => event.task === task)),
      nameOf,
      start: startOf(initial, rows, nameOf),
      rows,
      at,
      loop,
      otherSide,
      holding: stuck && loop === null ? holding(final, threads, nameOf) : [],
    };
  });
}

/** Components that say what the threads meet: the areas, what they map, what waits to be reclaimed. */
const SCENERY: ReadonlySet<string> = new Set(["vma:#", "pte:#:#", "lru:#", "word:#"]);

/** Where there is more than this, only what the run itself has to do with is told. */
const MAX_SCENERY = 40;

/** What there is when the threads start, as far as it helps to read the run. */
function startOf(initial: Snapshot, rows: readonly Row[], nameOf: NameOf): string {
  const all = initial.entries().filter(([ref]) => SCENERY.has(ref.kind.template));
  const touched = new Set(rows.flatMap(({ reads, changes }) => [...reads, ...changes.map(({ ref }) => ref.key)]));
  return all
    .filter(([ref]) => all.length <= MAX_SCENERY || touched.has(ref.key))
    .map(([ref, value]) => `${ref.key} ${componentText(ref, value, nameOf)}`)
    .join("; ");
}

/** What each thread holds: `left: lock:a (mutex)`. */
function holding(state: Snapshot, threads: readonly Thread[], nameOf: NameOf): string[] {
  return threads.flatMap(({ task }) => {
    const held = state.get(heldBy.of(task));
    return held.length === 0 ? [] : [`${nameOf(task)}: ${held.map(valueText).join(", ")}`];
  });
}

/** For what is seen when all is over: the last step that changed the object concerned. */
function lastTouch(rows: readonly Row[], violations: readonly ViolationResult[]): OtherSide | undefined {
  return lastChange(rows, new Set(violations.map(({ object }) => object.replace(/#\d+$/, ""))));
}
