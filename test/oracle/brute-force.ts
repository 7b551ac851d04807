import {
  apply,
  canonical,
  checkEnd,
  type LoopTurn,
  type Machine,
  NO_STUCK,
  type Request,
  type Snapshot,
  type StepEvent,
  type StepRequest,
  type Steps,
  type Transition,
  type Value,
  violationKey,
} from "@faultline/mm";
import type { Program, Thread } from "@faultline/interleave";
import { cheapest, type Cost, type Edge, type Node } from "./cheapest.ts";

/** Everything that the runs of a program can do, found without any cleverness. */
export interface BruteForce {
  readonly states: number;
  readonly transitions: number;
  /** `${task} ${violationKey}` of every violation on any run, those of its end included, with the cheapest run to it. */
  readonly violations: ReadonlyMap<string, Cost>;
  /** Encoded states in which nothing is enabled and every thread but daemons is over. */
  readonly finals: ReadonlySet<string>;
  /** Encoded states in which nothing is enabled and some thread that is no daemon waits. */
  readonly deadlocks: ReadonlySet<string>;
  /** What happened somewhere: `op`, `op=choice`, `op blocked`, `op stopped`. Tells a vacuous program from a good one. */
  readonly happened: ReadonlySet<string>;
}

/** One procedure, loop turn or thread body that a thread is inside: what it was given and the results it has seen. */
type Frame = { readonly carried: Value; readonly results: readonly Value[] };

/** Where a thread stands: the frames it is inside, outermost first, and the step it asks for; over when it has none. */
type Position = {
  readonly frames: readonly Frame[];
  readonly request: StepRequest | undefined;
  /** Equal keys, equal futures: the request of a frame follows from its results and from the frames around it. */
  readonly key: string;
};

type State = { readonly snapshot: Snapshot; readonly positions: readonly Position[] };

const finished: Position = { frames: [], request: undefined, key: "finished" };
const stopped: Position = { frames: [], request: undefined, key: "stopped" };

/**
 * Explores every state of a program, breadth first, one `apply` per event: no reduction, no table, no hashing.
 * @returns undefined when there are more than `maxStates`
 */
export function bruteForce(program: Program, maxStates = Infinity): BruteForce | undefined {
  const { machine, threads } = program;
  const states: State[] = [];
  const nodes: Node[] = [];
  const numbers = new Map<string, number>();
  const number = (state: State): number => {
    const key = [state.snapshot.encode(), ...state.positions.map((one) => one.key)].join("\n");
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  number({
    snapshot: program.initial,
    positions: threads.map((thread) => settle(thread, [{ carried: null, results: [] }])),
  });

  const finals = new Set<string>();
  const deadlocks = new Set<string>();
  const happened = new Set<string>();
  let transitions = 0;
  // The list grows while it is walked.
  for (const state of states) {
    if (states.length > maxStates) return undefined;
    const edges: Edge[] = [];
    threads.forEach((thread, i) => {
      for (const { event, transition } of eventsOf(machine, state, thread, i)) {
        happened.add(event.op).add(describe(event, transition));
        if (transition.status === "blocked") continue;
        edges.push({
          task: thread.task,
          to: number(after(state, thread, i, transition)),
          violations: transition.violations.map((one) => `${one.task} ${violationKey(one)}`),
        });
      }
    });
    transitions += edges.length;
    nodes.push({ edges, endViolations: edges.length > 0 ? [] : endViolations(program, state) });
    if (edges.length === 0) (waiting(program, state).length > 0 ? deadlocks : finals).add(state.snapshot.encode());
  }
  return { states: states.length, transitions, finals, deadlocks, happened, violations: cheapest(nodes) };
}

/** The threads that would wait for ever in a state without enabled threads, and must not. */
function waiting({ threads }: Program, { positions }: State): Thread[] {
  return threads.filter(({ daemon }, i) => !daemon && positions[i]!.request !== undefined);
}

/** End rules hold at quiescence: nobody waits but daemons, and no oops has stopped anybody. */
function endViolations(program: Program, state: State): string[] {
  const stuck = waiting(program, state).map(({ task }) => `task:${task}`);
  if (stuck.length > 0) return [`0 ${NO_STUCK.name} end ${stuck.join("+")}`];
  if (state.positions.includes(stopped)) return [];
  return checkEnd(program.machine, state.snapshot).map((one) => `${one.task} ${violationKey(one)}`);
}

/** The events that a thread's next step stands for, blocked ones included: one per outcome that it may choose. */
function eventsOf(
  machine: Machine,
  state: State,
  thread: Thread,
  i: number,
): { event: StepEvent; transition: Transition }[] {
  const request = state.positions[i]!.request;
  if (request === undefined) return [];
  const event: StepEvent = { task: thread.task, op: request.step.op, args: request.args };
  const transition = apply(machine, state.snapshot, event);
  if (transition.choicePoint === undefined) return [{ event, transition }];
  return transition.choicePoint.options.map((choice) => {
    const chosen = { ...event, choice };
    return { event: chosen, transition: apply(machine, state.snapshot, chosen) };
  });
}

function after(state: State, thread: Thread, i: number, transition: Transition): State {
  const { frames } = state.positions[i]!;
  const next = transition.status === "stopped" ? stopped : settle(thread, answered(frames, transition.result));
  return {
    snapshot: state.snapshot.with(transition.writes),
    positions: state.positions.with(i, next),
  };
}

/** The frames after the innermost one got the result it asked for. */
function answered(frames: readonly Frame[], result: Value): Frame[] {
  const inner = frames.at(-1)!;
  return [...frames.slice(0, -1), { ...inner, results: [...inner.results, result] }];
}

/**
 * Goes on until the thread asks for a step or is over: enters the procedures and loops it asks for, leaves those that
 * return. What a frame saw inside is gone when it is left, what a turn saw is gone when the next one starts.
 */
function settle(thread: Thread, start: readonly Frame[]): Position {
  let frames = start;
  for (let patience = 1000; patience > 0; patience--) {
    const { asked, by } = rerun(thread, frames);
    if (asked.done !== true) {
      if (asked.value.kind === "step") {
        return { frames, request: asked.value, key: canonical(frames) };
      }
      const carried = asked.value.kind === "loop" ? asked.value.carried : null;
      frames = [...frames, { carried, results: [] }];
      continue;
    }
    if (by === undefined) return finished;
    const outer = frames.slice(0, -1);
    if (by.kind === "loop") {
      const turn = asked.value as LoopTurn;
      frames = "done" in turn ? answered(outer, turn.done) : [...outer, { carried: turn.again, results: [] }];
    } else {
      frames = answered(outer, (asked.value as Value | undefined) ?? null);
    }
  }
  throw new Error(`${thread.name} goes round without a step`);
}

/** What the innermost frame does next, and the request that opened it; every frame is run again from its start. */
function rerun(
  thread: Thread,
  frames: readonly Frame[],
): { asked: IteratorResult<Request, unknown>; by: Request | undefined } {
  let by: Request | undefined;
  let asked = replay(thread.start(), frames[0]!.results);
  for (const frame of frames.slice(1)) {
    by = asked.value as Request;
    asked = replay(open(by, frame.carried), frame.results);
  }
  return { asked, by };
}

function replay(steps: Steps<unknown>, results: readonly Value[]): IteratorResult<Request, unknown> {
  let asked = steps.next(null);
  for (const result of results) asked = steps.next(result);
  return asked;
}

function open(request: Request, carried: Value): Steps<unknown> {
  if (request.kind === "step") throw new Error("a step has no inside");
  const body = request.body as (...all: unknown[]) => Steps<unknown>;
  if (request.kind === "loop") return body(carried);
  return request.context === undefined ? body(...request.args) : body(request.context, ...request.args);
}

function describe(event: StepEvent, { status }: Transition): string {
  const name = event.choice === undefined ? event.op : `${event.op}=${event.choice}`;
  return status === "done" ? name : `${name} ${status}`;
}
