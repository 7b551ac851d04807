import { kernelMachine } from "@faultline/mm";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bisectRule, decodeTrace, openTrace, replay, scanRule, stateAt } from "../src/index.ts";
import { golden, present } from "./helpers/golden.ts";
import { readBySpec } from "./helpers/spec-reader.ts";

const rewrite = "if the model was meant to change: npm run traces:golden -- --write";

test("golden.json knows every trace, and no others", () => {
  expect(golden.map(({ name }) => name)).toEqual(present);
});

describe.each(golden)("$name", ({ path, events, stateHash }) => {
  test("does what it did when it was recorded", () => {
    const trace = openTrace(path);
    const result = replay(trace, kernelMachine);
    trace.close();
    expect(result.divergence?.reason, rewrite).toBeUndefined();
    expect(result, rewrite).toMatchObject({ verdict: "verified", events, stateHash });
    expect(trace.finalHash, rewrite).toBe(stateHash);
  });

  test("is read the same by a reader that knows the specification alone", () => {
    const bytes = readFileSync(path);
    const trace = decodeTrace(bytes);
    const read = readBySpec(bytes);
    expect(read.meta).toEqual(trace.info.meta);
    expect(read.initial).toEqual(trace.storedState(0).plain);
    expect(read.finalHash).toBe(stateHash);
    expect([...read.keyframes.keys()]).toEqual(trace.keyframes.slice(1));
    for (const [at, { hash, state }] of read.keyframes) expect({ hash, plain: state }).toEqual(trace.storedState(at));
    expect(read.events).toHaveLength(events);
    let number = 0;
    for (const { event, status, result, line, time, note } of trace.recorded()) {
      const outcome = event.choice === undefined ? [status, result] : [status, result, event.choice];
      const same = { task: event.task, call: [event.op, ...event.args], outcome, line, time, note };
      expect(read.events[number++]).toEqual(same);
    }
  });

  test("gives the same state at any event, however one comes there", () => {
    const trace = openTrace(path);
    for (const at of [0, 1, events >> 1, events - 1, events]) {
      expect(stateAt(trace, kernelMachine, at).encode()).toBe(replay(trace, kernelMachine, { to: at }).state.encode());
    }
    trace.close();
  });
});

/** A linear scan looks at every state. */
const short = golden.filter(({ events }) => events < 1000);

test("each bisects, for every rule that it breaks, to where a linear scan finds it", () => {
  let broken = 0;
  for (const { path } of short) {
    const trace = openTrace(path);
    const rules = new Set(replay(trace, kernelMachine).violations.map(({ violation }) => violation.rule.name));
    for (const rule of rules) {
      const { firstBad, probes } = bisectRule(trace, kernelMachine, rule);
      const flips = scanRule(trace, kernelMachine, rule);
      expect(flips).toEqual([{ event: firstBad, bad: true }]);
      expect(probes).toBeLessThanOrEqual(Math.log2(trace.events) + 2);
      broken++;
    }
    trace.close();
  }
  expect(broken).toBeGreaterThan(30);
});
