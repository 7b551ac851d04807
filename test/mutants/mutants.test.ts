import { describe, expect, it } from "vitest";
import { equivalent } from "./equivalent.ts";
import { readLedger } from "./ledger.ts";
import { makeMutants } from "./make.ts";
import { lineOf, WANTED } from "./report.ts";
import { sampleOf, teachMachine, tryAgain } from "./sample.ts";
import { readSources } from "./sites.ts";
import { targets } from "./targets.ts";

// `npm run mutants` tries every mutant on every program. Here a fixed sample runs, each on the one program that the
// whole run found to kill it.

const SAMPLE = 200;

const ledger = readLedger();
const mutants = makeMutants(readSources()).map(({ mutant }) => mutant);

describe("the sample of mutants", () => {
  it("is killed, each by the program that killed it before", () => {
    teachMachine();
    const results = tryAgain(sampleOf(mutants, ledger, SAMPLE), ledger);
    expect(results.length).toBeGreaterThan(SAMPLE / 2);
    expect(results.filter(({ fate }) => fate.kind !== "killed").map((result) => lineOf(result))).toEqual([]);
  });

  it("has mutants of every target and of every kind", () => {
    const sample = sampleOf(mutants, ledger, SAMPLE);
    expect(new Set(sample.map(({ target }) => target))).toEqual(new Set(targets.map(({ name }) => name)));
    expect(new Set(sample.map(({ kind }) => kind))).toEqual(new Set(["drop", "swap", "merge", "split"]));
  });
});

describe("the lists", () => {
  const survivors = equivalent.flatMap(({ mutants: keys }) => keys);

  it("say of no mutant both that it is killed and that nobody can tell it", () => {
    expect(survivors.filter((key) => Object.hasOwn(ledger.killed, key) || Object.hasOwn(ledger.void, key))).toEqual([]);
    expect(new Set(survivors).size).toBe(survivors.length);
  });

  it("have enough mutants killed", () => {
    const killed = Object.keys(ledger.killed).length;
    expect(killed / (killed + survivors.length)).toBeGreaterThan(WANTED);
  });
});

it("every mutant has a name of its own", () => {
  expect(new Set(mutants.map(({ key }) => key)).size).toBe(mutants.length);
});
