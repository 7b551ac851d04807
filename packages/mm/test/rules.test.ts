import { describe, expect, it } from "vitest";
import { checkEnd, kernelMachine, rules, StuckError } from "../src/index.ts";
import { vmAreaFree } from "../src/events/vma-steps.ts";
import { AT, mapAt } from "./mappings.ts";
import { ruleCases } from "./rules/cases.ts";
import { World } from "./world.ts";

/** The rule that the explorer checks, which alone knows who waits: packages/interleave/test/explore.test.ts has its pair. */
const OF_THE_EXPLORER = ["NO-STUCK"];

/** The rules that a program breaks, in any task, and when all is quiet where that is asked. */
function broken(program: (w: World) => void, profile: string, quiet: boolean): string[] {
  const w = new World(3, profile);
  try {
    program(w);
  } catch (error) {
    if (!(error instanceof StuckError) || error.violations.length === 0) throw error;
  }
  const atEnd = quiet ? checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name) : [];
  return [...new Set([0, 1, 2].flatMap((task) => w.broken(task)).concat(atEnd))].sort();
}

describe("each rule is broken by what breaks it, and by nothing that only comes close", () => {
  it.each(ruleCases)("$rule: $situation; not: $difference", ({ rule, breaks, nearMiss, also, profile, quiet }) => {
    expect(broken(breaks, profile, quiet)).toEqual([rule, ...also].sort());
    expect(broken(nearMiss, profile, quiet)).toEqual([]);
  });

  it("there is a case for every rule, and none for what is no rule", () => {
    const cased = new Set(ruleCases.map(({ rule }) => rule).concat(OF_THE_EXPLORER));
    expect([...rules.keys()].filter((name) => !cased.has(name))).toEqual([]);
    expect([...cased].filter((name) => !rules.has(name))).toEqual([]);
  });

  it("no two cases are the same situation", () => {
    const names = ruleCases.map(({ rule, situation, difference }) => `${rule} ${situation} ${difference}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("rules of quiescence", () => {
  it("NO-LEAK: nothing is left of an address space whose process has exited", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(checkEnd(kernelMachine, w.table.snapshot())).toEqual([]);
    w.as(1, w.k.exitProcess(mm));
    expect(checkEnd(kernelMachine, w.table.snapshot())).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("freeing", () => {
  it("VMA-LIVE: a VMA is freed by its unmapper only", () => {
    const w = new World();
    const vma = mapAt(w, w.mm(1), AT, 2);
    w.as(2, vmAreaFree(vma));
    expect(w.broken(2)).toEqual(["VMA-ATTACH", "VMA-LIVE"]);
  });
});
