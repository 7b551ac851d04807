import { findLassos, type Lasso, type Program } from "@faultline/interleave";
import { checkEnd, type StepEvent } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cyclicProgram } from "./oracle/cyclic-program.ts";
import { fairCyclesBySubsets, fairCyclesByWalking } from "./oracle/fair-cycles.ts";
import type { ProgramText } from "./oracle/program-text.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { stateGraph } from "./oracle/state-graph.ts";
import { toProgram } from "./oracle/to-program.ts";
import { cellKind } from "./oracle/toy-machine.ts";
import { after, allMovesOf, initialState, isBlocked, keyOf, type State } from "./oracle/world.ts";

const maxStates = 400;
/** Subsets of larger components are too many. */
const maxComponent = 9;

const nameOf = ({ kind, tasks, violation }: Lasso): string =>
  `${kind} ${kind === "lasting" ? violation.rule.name : tasks.map((task) => `task:${task}`).join("+")}`;

/** The program of a text, its rules of the end also rules about cycles. */
function everlasting(text: ProgramText): Program {
  const program = toProgram(text);
  const endRules = text.neverAtEnd.map((cells, i) => {
    // In a state that breaks it this word is not what it is at first.
    const [word] = cells.find(([, value]) => value !== 0)!;
    return { ...program.machine.endRules[i]!, throughout: cellKind(word) };
  });
  return { ...program, machine: { ...program.machine, endRules } };
}

function step(program: Program, state: State, event: StepEvent): State {
  const spelled = JSON.stringify(event);
  const move = allMovesOf(program, state).find((one) => JSON.stringify(one.event) === spelled);
  if (move === undefined || isBlocked(move)) throw new Error(`cannot happen: ${spelled}`);
  return after(program, state, move);
}

/** Takes the lasso by the oracle's own semantics: it comes back, it is fair, and these never finish in it. */
function checkLasso(program: Program, { kind, tasks, violation, stem, loop }: Lasso): void {
  const anchor = stem.reduce((state, event) => step(program, state, event), initialState(program));
  const states = [anchor];
  for (const event of loop) states.push(step(program, states.at(-1)!, event));
  expect(keyOf(states.at(-1)!)).toBe(keyOf(anchor));
  if (kind === "lasting") {
    for (const { snapshot } of states) {
      expect(checkEnd(program.machine, snapshot).map(({ rule }) => rule.name)).toContain(violation.rule.name);
    }
  }
  for (const { task, daemon } of program.threads) {
    const throughout = states.every((state) =>
      allMovesOf(program, state).some((move) => move.event.task === task && !isBlocked(move)),
    );
    if (throughout) expect(loop.map((event) => event.task)).toContain(task);
    const unfinished = !daemon && anchor.positions[task - 1]!.request !== undefined;
    if (kind === "livelock") expect(tasks.includes(task)).toBe(unfinished);
    else if (tasks.includes(task)) expect(unfinished).toBe(true);
  }
}

interface Tally {
  programs: number;
  exhausted: number;
  states: number;
  readonly of: Map<string, number>;
}

function compare(texts: fc.Arbitrary<ProgramText>, seed: number, numRuns: number): Tally {
  const tally: Tally = { programs: 0, exhausted: 0, states: 0, of: new Map() };
  const property = fc.property(texts, (text) => {
    const program = everlasting(text);
    const nodes = stateGraph(program, maxStates);
    fc.pre(nodes !== undefined);
    const byWalking = fairCyclesByWalking(nodes, program.threads.length);
    const bySubsets = fairCyclesBySubsets(nodes, program.threads.length, maxComponent);
    if (bySubsets !== undefined) expect([...byWalking.keys()].sort()).toEqual([...bySubsets].sort());

    const report = findLassos(program);
    expect(report.stopped).toBeUndefined();
    expect(report.states).toBe(nodes.length);
    expect(report.transitions).toBe(nodes.reduce((sum, { steps }) => sum + steps.length, 0));
    const sizes = report.lassos.map((lasso): [string, number] => [
      nameOf(lasso),
      lasso.minimal ? lasso.stem.length + lasso.loop.length : NaN,
    ]);
    expect(Object.fromEntries(sizes)).toEqual(Object.fromEntries(byWalking));
    for (const lasso of report.lassos) checkLasso(program, lasso);
    // Without leave to search for the shortest, a longer one will do, but not a wrong one.
    const longer = findLassos(program, { minimizeBudget: 1 });
    expect(longer.lassos.map(nameOf)).toEqual(report.lassos.map(nameOf));
    for (const lasso of longer.lassos) checkLasso(program, lasso);

    tally.programs++;
    tally.states += nodes.length;
    if (bySubsets !== undefined) tally.exhausted++;
    const kinds = new Set<string>(report.lassos.map(({ kind }) => kind));
    for (const kind of kinds) tally.of.set(kind, (tally.of.get(kind) ?? 0) + 1);
    if (kinds.size > 0) tally.of.set("lasso", (tally.of.get("lasso") ?? 0) + 1);
  });
  fc.assert(property, { seed, numRuns });
  return tally;
}

function shares({ programs, exhausted, of }: Tally): Record<string, number> {
  const percent = (part: number): number => Math.round((100 * part) / programs);
  return Object.fromEntries(
    [
      ...["lasso", "livelock", "starvation", "lasting"].map((kind) => [kind, of.get(kind) ?? 0] as const),
      ["by subsets too", exhausted] as const,
    ].map(([name, part]) => [name, percent(part)]),
  );
}

describe("livelock and starvation are what brute force finds, with lassos as short", () => {
  it("on random programs that retry", { timeout: 600_000 }, () => {
    const seed = 20_260_119;
    const tally = compare(cyclicProgram, seed, 1000);
    const found = shares(tally);
    console.log(
      `seed ${seed}: ${tally.programs} programs, ${tally.states} states; in percent ${JSON.stringify(found)}`,
    );
    expect(tally.programs).toBeGreaterThanOrEqual(1000);
    expect(found["lasso"]).toBeGreaterThanOrEqual(10);
    expect(found["livelock"]).toBeGreaterThanOrEqual(10);
    expect(found["starvation"]).toBeGreaterThanOrEqual(10);
    expect(found["lasting"]).toBeGreaterThanOrEqual(10);
    expect(found["lasso"]).toBeLessThanOrEqual(90);
    expect(found["by subsets too"]).toBeGreaterThanOrEqual(50);
  });

  it("on random programs of all kinds", { timeout: 600_000 }, () => {
    const seed = 20_260_120;
    const tally = compare(randomProgram, seed, 300);
    console.log(
      `seed ${seed}: ${tally.programs} programs, ${tally.states} states; in percent ${JSON.stringify(shares(tally))}`,
    );
    expect(shares(tally)["lasso"]).toBeGreaterThanOrEqual(5);
  });
});
