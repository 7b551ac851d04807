import { describe, expect, it } from "vitest";
import { BLOCKED, component, createMachine, InPlace, type Ref, type Rule, step, STOPPED, Table } from "../src/index.ts";

const cell = component<number>("in-place-test/cell:#", 0);
const other = component<number>("in-place-test/other:#", 0);

const ODD: Rule = { name: "T-ODD", severity: "S6", wording: "no cell is odd", source: "test" };

const put = step("put", (tx, id: number, ...values: readonly number[]) => {
  for (const value of values) tx.write(cell.of(id), value);
  return values.length;
});
const putOther = step("put_other", (tx, id: number, value: number) => {
  tx.write(other.of(id), value);
});
const look = step("look", (tx, id: number) => tx.read(cell.of(id)));
const fail = step("fail", (tx, id: number) => {
  tx.write(cell.of(id), 100);
  throw new Error("after it has written");
});
const wait = step("wait", (tx, id: number) => {
  tx.write(cell.of(id), 100);
  tx.violate(ODD, "nothing", "a step that waits breaks nothing");
  return BLOCKED;
});
const stop = step("stop", (tx, id: number) => {
  tx.write(cell.of(id), 7);
  return STOPPED;
});

const machine = createMachine({
  steps: [put, putOther, look, fail, wait, stop],
  stateRules: [
    {
      ...ODD,
      watches: [cell],
      check(state, report) {
        for (const id of [1, 2]) if (state.read(cell.of(id)) % 2 === 1) report(`cell:${id}`, "is odd");
      },
    },
  ],
});

function start(): {
  table: Table;
  state: InPlace;
  did: (op: string, ...args: number[]) => ReturnType<InPlace["apply"]>;
} {
  const table = new Table();
  const state = new InPlace(machine, table);
  return { table, state, did: (op, ...args) => state.apply({ task: 1, op, args }) };
}

function written(state: InPlace): [string, unknown][] {
  return [...state.writes()].map(([ref, value]: [Ref, unknown]) => [ref.key, value]);
}

describe("an event in place", () => {
  it("that wrote a component several times is taken back to what was there before all of them", () => {
    const { table, state, did } = start();
    did("put", 1, 2);
    did("put", 1, 4, 6, 8);
    state.undo();
    expect(table.get(cell.of(1))).toBe(2);
  });

  it("is alone in what it wrote, whatever the one before did", () => {
    const { state, did } = start();
    did("put", 1, 2, 4);
    expect(written(state)).toEqual([["in-place-test/cell:1", 4]]);
    did("put", 2, 6);
    expect(written(state)).toEqual([["in-place-test/cell:2", 6]]);
    expect(state.wrote).toBe(true);
    did("look", 1);
    expect(written(state)).toEqual([]);
    expect(state.wrote).toBe(false);
  });

  it("cannot be taken back twice, nor with the one before it", () => {
    const { table, state, did } = start();
    did("put", 1, 2);
    did("put", 2, 4);
    state.undo();
    state.undo();
    expect([table.get(cell.of(1)), table.get(cell.of(2))]).toEqual([2, 0]);
  });

  it("that fails after it has written leaves the table as it was, however it is done", () => {
    const { table, state, did } = start();
    did("put", 1, 2);
    expect(() => did("fail", 1)).toThrow("after it has written");
    expect(table.get(cell.of(1))).toBe(2);
    expect(() => state.step(1, fail, [1])).toThrow("after it has written");
    expect(table.get(cell.of(1))).toBe(2);
  });

  it("that waits leaves the table as it was, and breaks nothing", () => {
    const { table, state, did } = start();
    did("put", 1, 2);
    const before = table.encode();
    expect(did("wait", 1)).toEqual({ status: "blocked", result: null, violations: [] });
    expect(table.encode()).toBe(before);
    expect(state.wrote).toBe(false);
    expect(state.effect(state.step(1, wait, [1]))).toEqual({ status: "blocked", result: null, violations: [] });
    expect(table.encode()).toBe(before);
  });

  it("that stops its task keeps what it wrote", () => {
    const { table, did } = start();
    expect(did("stop", 1)).toMatchObject({ status: "stopped", result: null, violations: [{ object: "cell:1" }] });
    expect(table.get(cell.of(1))).toBe(7);
  });

  it("keeps the rules that it broke when the next one breaks others", () => {
    const { did } = start();
    const first = did("put", 1, 3);
    did("put", 1, 4);
    did("put", 2, 5);
    expect(first.violations.map(({ rule, object }) => [rule.name, object])).toEqual([["T-ODD", "cell:1"]]);
  });

  it("is asked about the rules that watch what it wrote, and no others", () => {
    const { did } = start();
    expect(did("put", 1, 3).violations).toHaveLength(1);
    expect(did("put_other", 1, 3).violations).toEqual([]);
    expect(did("look", 1).violations).toEqual([]);
  });
});
