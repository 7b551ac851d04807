import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  apply,
  checkEnd,
  kernelMachine,
  profileNames,
  rules,
  type Snapshot,
  type StepEvent,
  Table,
  type Transition,
  VM,
  type Violation,
} from "../src/index.ts";
import { canonical } from "../src/store/value.ts";
import { anyCall, hostileCall } from "./hostile/events.ts";
import { parameters } from "./hostile/parameters.ts";
import { AT, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

/** Runs of each property: enough to meet each branch of a step, few enough for a loaded machine. */
const RUNS = { numRuns: 30, seed: 20_241_028 };

/** Two processes with some memory, a file, and pages; task 2 holds a reference on the first. */
function populate(profile: string): Snapshot {
  const w = new World(3, profile);
  const mm = w.mm(1);
  const other = w.mm(2);
  const file = w.as(1, w.k.doDentryOpen(0, "", ""));
  mapAt(w, mm, AT, 2);
  w.as(1, w.k.pageFault(mm, AT, true));
  w.as(1, w.k.mmap(mm, { start: 2 * AT, length: PAGE, flags: RW | VM.SHARED, ops: "", owner: "", file }));
  w.as(2, w.k.mmap(other, { start: AT, length: PAGE, flags: VM.READ, ops: "other", owner: "other0" }));
  w.as(2, w.k.mmget(mm));
  return w.table.snapshot();
}

const populated = new Map(profileNames.map((name) => [name, populate(name)]));

/** What a finding must be: of a known rule, about an object by name and generation, told in words. */
function checkViolation({ rule, severity, object, message }: Violation): void {
  expect(rules.get(rule.name)).toMatchObject({ wording: rule.wording, source: rule.source });
  expect(severity).toMatch(/^S[0-6]$/);
  expect(object).toMatch(/^\S+$/);
  for (const text of [object, message]) {
    expect(text).not.toMatch(/undefined|null|NaN|\[object|(?<!\/)\b(vma|page):\d+(?![\d#/])/);
  }
  expect(message).toMatch(/^\S+( \S+)+$/);
  expect(message).not.toMatch(/[.,;:]$/);
}

/** Applies the event; what comes of it must be whole, whatever it is. */
function perform(table: Table, event: StepEvent): Transition {
  const transition = apply(kernelMachine, table, event);
  for (const violation of transition.violations) checkViolation(violation);
  for (const value of transition.writes.values()) canonical(value);
  canonical(transition.result);
  if (transition.status === "blocked") expect(transition.writes.size).toBe(0);
  table.apply(transition.writes);
  return transition;
}

describe("hostile steps", () => {
  it("every step of the machine has hostile arguments", () => {
    expect([...kernelMachine.steps.keys()].filter((op) => !(op in parameters))).toEqual([]);
    expect(Object.keys(parameters).filter((op) => !kernelMachine.steps.has(op))).toEqual([]);
  });

  it.each([...kernelMachine.steps.keys()])("%s breaks a rule or has a result, whatever came before", (op) => {
    const prefix = fc.array(anyCall, { maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...profileNames), prefix, hostileCall(op), (profile, before, call) => {
        const table = new Table(populated.get(profile));
        for (const event of before) perform(table, event);
        perform(table, call);
      }),
      RUNS,
    );
  });

  it("a long run of any of them leaves a state that can be written down and judged", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...profileNames),
        fc.array(anyCall, { minLength: 60, maxLength: 120 }),
        (name, all) => {
          const table = new Table(populated.get(name));
          for (const event of all) perform(table, event);
          table.snapshot().encode();
          for (const violation of checkEnd(kernelMachine, table.snapshot())) checkViolation(violation);
        },
      ),
      RUNS,
    );
  });
});
