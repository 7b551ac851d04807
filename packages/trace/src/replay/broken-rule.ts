import { checkEnd, type Machine, type Snapshot, violationsOf } from "@faultline/mm";

/** Whether some task has broken the rule so far. Monotone along a run: violations are state, and stay. */
export function hasBroken(state: Snapshot, rule: string): boolean {
  return state
    .entries()
    .some(
      ([ref, value]) =>
        ref.kind.template === violationsOf.template &&
        Array.isArray(value) &&
        value.some((key) => typeof key === "string" && key.startsWith(`${rule} `)),
    );
}

/** Whether a run that is over in this state breaks the rule by being over. */
export function breaksAtEnd(machine: Machine, state: Snapshot, rule: string): boolean {
  return checkEnd(machine, state).some((violation) => violation.rule.name === rule);
}
