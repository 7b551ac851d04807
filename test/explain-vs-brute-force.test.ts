import { explain, explore, type Finding, type Occurrence, type Program, type Requirement } from "@faultline/interleave";
import { apply, type Transition, violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";
import { after, allMovesOf, brokenAtEnd, brokenBy, initialState, isBlocked, type State } from "./oracle/world.ts";

/** A whole run: which thread made which step with which choice, and all that it broke on the way and at its end. */
interface Run {
  readonly steps: readonly { readonly thread: number; readonly op: string; readonly choice: string | null }[];
  readonly broken: ReadonlySet<string>;
}

const MAX_RUNS = 300;
const MAX_LENGTH = 40;
const budget = { transitions: 5000 };

/** Every interleaving, one by one. Undefined when there are too many, or one that does not end. */
function allRuns(program: Program): Run[] | undefined {
  const runs: Run[] = [];
  const walk = (state: State, steps: Run["steps"], broken: readonly string[]): boolean => {
    if (steps.length > MAX_LENGTH) return false;
    const moves = allMovesOf(program, state).filter((move) => !isBlocked(move));
    if (moves.length === 0) {
      runs.push({ steps, broken: new Set([...broken, ...brokenAtEnd(program, state)].map(withoutObject)) });
      return runs.length <= MAX_RUNS;
    }
    return moves.every((move) => {
      const step = { thread: move.thread, op: move.event.op, choice: move.event.choice ?? null };
      return walk(after(program, state, move), [...steps, step], [...broken, ...brokenBy(move)]);
    });
  };
  return walk(initialState(program), [], []) ? runs : undefined;
}

/** Task, rule and step of `${task} ${rule} ${op} ${object}`. */
function withoutObject(key: string): string {
  return key.split(" ").slice(0, 3).join(" ");
}

/** Where in a run the occurrence is; -1 when it is nowhere, or, with `exactly`, when it chose otherwise. */
function placeIn({ steps }: Run, { threadIndex, op, nth, choice }: Occurrence, exactly: boolean): number {
  const places = steps.flatMap((step, i) => (step.thread === threadIndex && step.op === op ? [i] : []));
  const at = places[nth - 1] ?? -1;
  return at >= 0 && exactly && steps[at]!.choice !== choice ? -1 : at;
}

function isReversed(run: Run, first: Occurrence, second: Occurrence): boolean {
  const [a, b] = [placeIn(run, first, false), placeIn(run, second, false)];
  return b >= 0 && (a < 0 || b < a);
}

function meets(run: Run, { first, second, waits }: Requirement): boolean {
  if (first === null) return placeIn(run, second, true) >= 0;
  const a = placeIn(run, first, true);
  if (a < 0) return false;
  const b = placeIn(run, second, !waits);
  return b < 0 ? waits : a < b;
}

function keyOf({ violation }: Finding): string {
  return withoutObject(`${violation.task} ${violationKey(violation)}`);
}

interface RunStep {
  readonly occurrence: Occurrence;
  readonly transition: Transition;
}

/** The steps of a finding's run, with what they did. */
function stepsOf({ machine, initial }: Program, { events }: Finding): RunStep[] {
  const counts = new Map<string, number>();
  let state = initial;
  return events.map((event, at) => {
    const { task, op, choice } = event;
    const transition = apply(machine, state, event);
    state = state.with(transition.writes);
    const nth = (counts.get(`${task} ${op}`) ?? 0) + 1;
    counts.set(`${task} ${op}`, nth);
    const place = { thread: `t${task}`, procedure: null, op };
    return { occurrence: { ...place, event: at, threadIndex: task - 1, nth, choice: choice ?? null }, transition };
  });
}

function conflicts(a: Transition, b: Transition): boolean {
  const meets = (one: Transition, other: Transition): boolean =>
    [...one.writes.keys()].some((ref) => other.reads.has(ref) || other.writes.has(ref));
  return meets(a, b) || meets(b, a);
}

/** Runs a check on a finding of each random program whose interleavings can be listed. */
function forFindings(
  seed: number,
  numRuns: number,
  check: (program: Program, finding: Finding, runs: Run[]) => void,
): void {
  const property = fc.property(randomProgram, (text) => {
    const program = toProgram(text);
    // One that needs several threads: what a thread does alone has no order to explain.
    const { findings } = explore(program, { budget, minimizeBudget: 2000 });
    const finding = findings.find(({ switches, minimal }) => switches > 0 && minimal);
    fc.pre(finding !== undefined);
    const runs = allRuns(program);
    fc.pre(runs !== undefined);
    check(program, finding, runs);
  });
  fc.assert(property, { seed, numRuns });
}

describe("explanations of findings", () => {
  it("are what listing every interleaving says", { timeout: 300_000 }, () => {
    const seed = 20_260_310;
    let [findings, reversals, smallest, orders, several, outcomes, waiting] = [0, 0, 0, 0, 0, 0, 0];
    forFindings(seed, 200, (program, finding, runs) => {
      const key = keyOf(finding);
      const explanation = explain(program, finding);
      findings++;
      expect(explanation.undecided).toEqual([]);
      for (const { first, second } of explanation.reversals) {
        const reversed = runs.filter((run) => isReversed(run, first, second));
        expect(reversed.length).toBeGreaterThan(0);
        expect(reversed.filter(({ broken }) => broken.has(key))).toEqual([]);
        reversals++;
      }
      const { needs } = explanation;
      expect(needs.kind).not.toBe("undecided");
      if (needs.kind !== "smallest") return;
      const innocent = (requirements: readonly Requirement[]): Run[] =>
        runs.filter((run) => !run.broken.has(key) && requirements.every((one) => meets(run, one)));
      expect(innocent(needs.requirements)).toEqual([]);
      expect(runs.some((run) => run.broken.has(key) && needs.requirements.every((one) => meets(run, one)))).toBe(true);
      for (const left of needs.requirements) {
        expect(innocent(needs.requirements.filter((one) => one !== left)).length).toBeGreaterThan(0);
      }
      smallest++;
      orders += needs.requirements.length;
      if (needs.requirements.length > 1) several++;
      if (needs.requirements.some(({ first }) => first === null)) outcomes++;
      if (needs.requirements.some(({ waits }) => waits)) waiting++;
    });
    console.log(
      `seed ${seed}: ${findings} findings, ${reversals} reversals; ${smallest} with smallest needs, ${orders} in all, ` +
        `${several} of several, ${outcomes} of an outcome, ${waiting} of a step that waits`,
    );
    expect(reversals).toBeGreaterThan(50);
    expect(smallest).toBeGreaterThan(150);
    expect(several).toBeGreaterThan(5);
    expect(outcomes).toBeGreaterThan(0);
    expect(waiting).toBeGreaterThan(5);
  });

  it("leave no reversal out among steps that conflict with the violating one", { timeout: 300_000 }, () => {
    const seed = 20_260_311;
    let [claimed, refuted] = [0, 0];
    forFindings(seed, 100, (program, finding, runs) => {
      const { reversals } = explain(program, finding);
      const claims = new Set(reversals.map(({ first, second }) => `${first.event} ${second.event}`));
      const steps = stepsOf(program, finding);
      const last = steps.at(-1)!;
      for (const { occurrence: first, transition } of steps.slice(0, -1)) {
        if (first.threadIndex === last.occurrence.threadIndex || !conflicts(transition, last.transition)) continue;
        const reversed = runs.filter((run) => isReversed(run, first, last.occurrence));
        const harmless = reversed.length > 0 && !reversed.some(({ broken }) => broken.has(keyOf(finding)));
        expect(claims.has(`${first.event} ${last.occurrence.event}`)).toBe(harmless);
        if (harmless) claimed++;
        else refuted++;
      }
    });
    console.log(`seed ${seed}: ${claimed} pairs claimed and true, ${refuted} not claimed and false`);
    expect(claimed).toBeGreaterThan(15);
    expect(refuted).toBeGreaterThan(20);
  });

  it("tell when the budget ends first", () => {
    const program = toProgram({
      initial: {},
      threads: [
        { body: [["store", "x", 1]], daemon: false },
        { body: [["bug_on", "x", 1]], daemon: false },
      ],
      procedures: [],
      never: [],
      neverAtEnd: [],
      noLeak: false,
    });
    const [finding] = explore(program).findings;
    const explanation = explain(program, finding!, { budget: 1 });
    expect(explanation.reversals).toEqual([]);
    expect(explanation.undecided).toHaveLength(1);
    expect(explanation.needs).toEqual({ kind: "undecided" });
    expect(explain(program, finding!).reversals).toHaveLength(1);
  });
});
