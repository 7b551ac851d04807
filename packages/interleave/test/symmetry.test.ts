import { component, createKernel, createMachine, type Kernel, profile, step, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { explore, type Program } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

/** Threads of one text that differ in what they close over. */
const taking = (lock: string) =>
  function* (): Steps<void> {
    yield* k.mutexLock(lock);
    yield* k.fetchAdd("sum", 1);
    yield* k.mutexUnlock(lock);
  };

const alike = (of: Program): readonly (readonly string[])[] => explore(of).reductions.alike;

describe("interchangeable threads", () => {
  it("are those of one text that do the same, and nobody else", () => {
    const three = [taking("a"), taking("a"), taking("a")];
    expect(alike(program(three))).toEqual([["t1", "t2", "t3"]]);
    // What a thread closed over shows in its first step, or later.
    expect(alike(program([taking("a"), taking("b"), taking("a"), taking("b")]))).toEqual([
      ["t1", "t3"],
      ["t2", "t4"],
    ]);
    expect(alike(program([taking("a"), taking("b")]))).toEqual([]);
    expect(explore(program(three), { symmetry: false }).reductions.alike).toEqual([]);
  });

  it("are told apart by a daemon among them", () => {
    expect(alike(program([taking("a"), taking("a")], { daemons: [2] }))).toEqual([]);
  });

  it("count as one state however they are exchanged", () => {
    const of = program([taking("a"), taking("a"), taking("a")]);
    const plain = { persistentSets: false, sleepSets: false, macroSteps: false, minimize: false };
    const together = explore(of, plain);
    const apart = explore(of, { ...plain, symmetry: false });
    // Each thread is before its lock, inside (in two places), or done; at most one is inside.
    expect(apart.states).toBe(2 ** 3 + 3 * 2 * 2 ** 2);
    expect(together.states).toBe(4 + 2 * 3);
    expect(explore(of, { ...plain, fullKeys: true }).states).toBe(together.states);
  });

  it("each have the finding of one, with a run that really happens", () => {
    const reading = function* (): Steps<void> {
      if ((yield* k.readOnce("x")) === 1) yield* k.mutexUnlock("never-taken");
    };
    const of = program([() => k.writeOnce("x", 1), reading, reading]);
    const { findings, reductions } = explore(of);
    expect(reductions.alike).toEqual([["t2", "t3"]]);
    expect(findings.map(({ violation, minimal }) => [violation.rule.name, violation.task, minimal])).toEqual([
      ["LOCK-HELD", 2, true],
      ["LOCK-HELD", 3, true],
    ]);
    expect(findings.map(({ events }) => events.at(-1)!.task)).toEqual([2, 3]);
    const apart = explore(of, { symmetry: false });
    expect(findings.map(({ violation }) => violation)).toEqual(apart.findings.map(({ violation }) => violation));
  });

  it("are none where a step treats tasks by their number, which costs the reduction and not the answer", () => {
    const word = component<number>("symmetry-test/word", 0).of();
    const leave = step("leave_number", (tx) => {
      tx.write(word, tx.task);
    });
    const look = step("look", (tx) => tx.read(word));
    const of = (): Program => ({
      ...program([() => leave(), () => leave(), () => look()]),
      machine: createMachine({ steps: [leave, look] }),
    });
    const ends = new Set<string>();
    const result = explore(of(), { onTerminal: (_, state) => ends.add(state()) });
    expect(result.reductions.alike).toEqual([]);
    expect(result.reductions.whyNotAlike).toBe("leave_number does not treat tasks 1 and 2 alike");
    expect([...ends].map((state) => /word (\d)/.exec(state)?.[1]).sort()).toEqual(["1", "2"]);
  });

  it("may be many", () => {
    const of = program(Array.from({ length: 40 }, () => () => k.writeOnce("x", 1)));
    const { verdict, states, reductions } = explore(of, { budget: { states: 100_000 } });
    expect(verdict).toBe("clean");
    expect(states).toBeLessThan(1000);
    expect(reductions.alike.map((names) => names.length)).toEqual([24, 16]);
  });
});
