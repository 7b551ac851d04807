import { apply, InPlace, type StepEvent, Table } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyEvent, machine } from "./helpers/tiny-machine.ts";

function outcome<T>(action: () => T): T | string {
  try {
    return action();
  } catch (error) {
    return String(error);
  }
}

const refused: fc.Arbitrary<StepEvent> = fc.constantFrom(
  { task: 1, op: "lock", args: ["x"] },
  { task: 1, op: "nonsense", args: [] },
  { task: 1, op: "fault", args: [0], choice: "x" },
  // Refused after it has written.
  { task: 1, op: "count", args: [0, 1], choice: "x" },
);
const events = fc.array(fc.oneof({ weight: 9, arbitrary: anyEvent }, refused), { maxLength: 40, size: "max" });

test("an event in place does what apply says that it does, and can be taken back", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(events, (list) => {
      const table = new Table();
      const state = new InPlace(machine, table);
      for (const event of list) {
        const before = table.snapshot().encode();
        const expected = outcome(() => apply(machine, table, event));
        const found = outcome(() => state.apply(event));
        if (typeof expected === "string" || typeof found === "string") {
          expect(found).toBe(expected);
          expect(table.snapshot().encode()).toBe(before);
          seen.add("refused");
          continue;
        }
        const { status, result, violations, writes } = expected;
        expect(found).toEqual({ status, result, violations });
        const after = table.snapshot().encode();
        state.undo();
        expect(table.snapshot().encode()).toBe(before);
        table.apply(writes);
        expect(table.snapshot().encode()).toBe(after);
        seen.add(violations.length > 0 ? "violates" : status);
      }
    }),
  );
  expect([...seen].sort()).toEqual(["blocked", "done", "refused", "stopped", "violates"]);
});
