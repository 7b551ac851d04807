import {
  component,
  createMachine,
  type EndRule,
  type Kind,
  kernelMachine,
  type Machine,
  type Rule,
  type Snapshot,
  step,
  type Step,
} from "@faultline/mm";
import { WINDOW_PAGES } from "../list/operation.ts";
import { PLAIN_MACHINE } from "../process/machine.ts";
import { showPages, showVmas } from "../process/show.ts";
import type { ConcurrentResult } from "./concurrent-result.ts";

/** What a thread's calls have returned so far, one word each. */
const returned: Kind<readonly string[]> = component<readonly string[]>("task:#/returned", [], { ids: [0] });

/** A call has returned: noted for the result, and seen by nobody. */
export const noteReturn: Step<[string], null> = step("note_return", (tx, word) => {
  const own = returned.of(tx.task);
  tx.write(own, [...tx.read(own), word]);
});

/** The end of a run is one result; no rule of the kernel's. */
const RESULT: Rule = {
  name: "RESULT",
  severity: "S6",
  wording: "what two threads' calls returned, and the memory that they left",
  source: "the oracle's lists",
};

/** Whether a finding is a result. */
export const isResult = (rule: Rule): boolean => rule.name === RESULT.name;

/** The kernel's steps and rules, with one rule more that every run breaks at its end, by its result. */
export function resultMachine(mm: number, names: ReadonlyMap<number, string>): Machine {
  const result: EndRule = {
    ...RESULT,
    check(state, report) {
      report(JSON.stringify(resultOf(state, mm, names)), "a result");
    },
  };
  const { steps, stateRules, endRules, names: spelled } = kernelMachine;
  return createMachine({
    steps: [...steps.values(), noteReturn],
    stateRules,
    endRules: [...endRules, result],
    names: spelled,
  });
}

/** How a run has ended, by its last state. */
export function resultOf(state: Snapshot, mm: number, names: ReadonlyMap<number, string>): ConcurrentResult {
  return {
    a: state.get(returned.of(1)),
    b: state.get(returned.of(2)),
    vmas: showVmas(state, mm, WINDOW_PAGES, PLAIN_MACHINE, names),
    pg: showPages(state, mm, WINDOW_PAGES),
  };
}
