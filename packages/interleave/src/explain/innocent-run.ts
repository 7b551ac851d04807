import type { Path } from "../explore/path.ts";
import type { Space } from "../space/space.ts";
import type { Breach } from "./breach.ts";
import type { Counts } from "./occurrence.ts";
import { RequirementWatch, type Requirement } from "./requirement.ts";
import { search, type SearchLimits } from "./search.ts";

/**
 * A whole run that has what is required and does not break the rule.
 * @returns the run; `none` when every run that has it breaks the rule; `undecided` when the budget ended first
 */
export function innocentRun(
  space: Space,
  breach: Breach,
  required: readonly Requirement[],
  limits: SearchLimits,
): Path | "none" | "undecided" {
  const watch = new RequirementWatch(required);
  let found: Path | undefined;
  const ending = search<Counts>(
    space,
    {
      start: watch.start,
      keyOf: (counts) => counts.join(" "),
      step: (before, { thread, leaf }) => {
        if (leaf.violations.some((one) => breach.is(one))) return undefined;
        const after = watch.after(before, thread, space.event(thread, leaf).op);
        if (after === before) return before;
        return required.some((one) => watch.breaks(one, before, after, leaf)) ? undefined : after;
      },
      visit: (counts, { ended, path }) => {
        if (!ended || !required.every((one) => watch.meets(one, counts)) || breach.happened(space, true)) return false;
        found = path();
        return true;
      },
    },
    limits,
  );
  if (ending === "budget") return "undecided";
  return found ?? "none";
}
