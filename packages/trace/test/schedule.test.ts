import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSchedule, parseSchedule, type ScheduleStep, TraceError } from "../src/index.ts";

const steps: fc.Arbitrary<ScheduleStep[]> = fc.array(
  fc.record(
    { task: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 ** 31 - 1 })), choice: fc.string() },
    { requiredKeys: ["task"] },
  ),
);

test("a schedule comes back, also when it was wrapped", () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      const text = formatSchedule(schedule);
      expect(text).toMatch(/^[\w-]+$/);
      expect(parseSchedule(text)).toEqual(schedule);
      expect(parseSchedule(` ${text.replace(/.{10}/g, "$&\n")}\n`)).toEqual(schedule);
    }),
  );
});

test("a schedule is short: what counts are the switches", () => {
  const schedule = [1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1].map((task): ScheduleStep => ({ task }));
  expect(formatSchedule(schedule.with(4, { task: 2, choice: "steal" })).length).toBeLessThan(32);
});

test("any text at all is a schedule or a TraceError", () => {
  const mistyped = fc
    .tuple(steps, fc.nat(), fc.constantFrom("A", "_", "9", ""))
    .map(([schedule, at, letter]) => {
      const text = formatSchedule(schedule);
      const i = at % text.length;
      return { text, typed: text.slice(0, i) + letter + text.slice(i + 1) };
    })
    .filter(({ text, typed }) => text !== typed);
  fc.assert(
    fc.property(mistyped, ({ text, typed }) => {
      try {
        // The last letter may hold bits that no byte needs.
        expect(Buffer.from(typed, "base64url")).toEqual(Buffer.from(text, "base64url"));
        parseSchedule(typed);
      } catch {
        expect(() => parseSchedule(typed)).toThrow(TraceError);
      }
    }),
  );
  for (const text of ["", "A", "AAAA", "AQ", "hello world!", "AgAAAAAA"]) {
    expect(() => parseSchedule(text), text).toThrow(expect.objectContaining({ code: "E_TRACE_SCHEDULE" }));
  }
});
