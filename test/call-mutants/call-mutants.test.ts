import { describe, expect, it } from "vitest";
import { CallCourt } from "./court.ts";
import { equivalent } from "./equivalent.ts";
import { readCallLedger } from "./ledger.ts";
import { makeCallMutants } from "./make.ts";
import { callPrograms } from "./programs.ts";
import { targets } from "./targets.ts";

// `npm run mutants:calls` tries every mutant. Here a fixed sample runs, each on the one list that killed it then.

const SAMPLE = 300;

const ledger = readCallLedger();
const { mutants } = makeCallMutants("");
const sections = new Map(callPrograms().map((program) => [program.name, program]));
const listed = mutants.flatMap((mutant, number) => {
  const program = sections.get(ledger[mutant.key] ?? "");
  return program === undefined ? [] : [{ mutant, number, program }];
});
const sample = listed.filter((_, at) => at % Math.max(1, Math.floor(listed.length / SAMPLE)) === 0);

describe("the sample of mutants", () => {
  it("is killed, each by the list that killed it before", () => {
    const court = new CallCourt([...new Set(sample.map(({ program }) => program))], mutants.length, ledger);
    const alive = sample.filter(({ number, program }) => !court.isKilled(number, program.name));
    expect(alive.map(({ mutant }) => mutant.key)).toEqual([]);
    expect(sample.length).toBeGreaterThanOrEqual(SAMPLE);
  });

  it("has mutants of every call and of every kind", () => {
    expect(new Set(sample.map(({ mutant }) => mutant.target))).toEqual(new Set(targets.map(({ name }) => name)));
    const kinds = new Set(["true", "false", "not", "drop", "edge", "errno", "swap"]);
    expect(new Set(sample.map(({ mutant }) => mutant.kind))).toEqual(kinds);
  });
});

describe("the lists", () => {
  const survivors = equivalent.flatMap(({ mutants: keys }) => keys);

  it("say of every mutant either that it is killed or why it cannot be", () => {
    const told = [...Object.keys(ledger), ...survivors].sort();
    expect(told).toEqual(mutants.map(({ key }) => key).sort());
  });
});

it("every mutant has a name of its own", () => {
  expect(new Set(mutants.map(({ key }) => key)).size).toBe(mutants.length);
});
