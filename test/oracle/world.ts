import type { Program, Thread } from "@faultline/interleave";
import { apply, checkEnd, NO_STUCK, type Snapshot, type StepEvent, type Transition, violationKey } from "@faultline/mm";
import { type Position, resume, startOf, stopped } from "./thread-position.ts";

/** The whole state of a running program. */
export type State = { readonly snapshot: Snapshot; readonly positions: readonly Position[] };

/** What a thread could do in a state; when blocked, what it waits for. */
export type Move = {
  /** Index of the thread, task number less one. */
  readonly thread: number;
  readonly event: StepEvent;
  readonly transition: Transition;
};

export function initialState({ initial, threads }: Program): State {
  return { snapshot: initial, positions: threads.map(startOf) };
}

/** Equal keys, equal states. */
export function keyOf(state: State): string {
  return [state.snapshot.encode(), ...state.positions.map((one) => one.key)].join("\n");
}

/** The thread's moves: one per outcome that its next step may choose, blocked ones included. */
export function movesOf({ machine, threads }: Program, { snapshot, positions }: State, thread: number): Move[] {
  const request = positions[thread]!.request;
  if (request === undefined) return [];
  const event: StepEvent = { task: threads[thread]!.task, op: request.step.op, args: request.args };
  const transition = apply(machine, snapshot, event);
  if (transition.choicePoint === undefined) return [{ thread, event, transition }];
  return transition.choicePoint.options.map((choice) => {
    const chosen = { ...event, choice };
    return { thread, event: chosen, transition: apply(machine, snapshot, chosen) };
  });
}

export function allMovesOf(program: Program, state: State): Move[] {
  return program.threads.flatMap((_, thread) => movesOf(program, state, thread));
}

export function isBlocked({ transition }: Move): boolean {
  return transition.status === "blocked";
}

/** The state after a move that is not blocked. */
export function after({ threads }: Program, { snapshot, positions }: State, { thread, transition }: Move): State {
  const next =
    transition.status === "stopped" ? stopped : resume(threads[thread]!, positions[thread]!, transition.result);
  return { snapshot: snapshot.with(transition.writes), positions: positions.with(thread, next) };
}

/** `${task} ${violationKey}` of what a move breaks. */
export function brokenBy({ transition }: Move): string[] {
  return transition.violations.map((one) => `${one.task} ${violationKey(one)}`);
}

/** The threads that wait for ever in a state without enabled threads, and must not. */
export function waiting({ threads }: Program, { positions }: State): Thread[] {
  return threads.filter(({ daemon }, i) => !daemon && positions[i]!.request !== undefined);
}

/**
 * What is broken when a run ends in this state. End rules are for quiescence: nobody waits but daemons, and no oops has
 * stopped anybody.
 */
export function brokenAtEnd(program: Program, state: State): string[] {
  const stuck = waiting(program, state).map(({ task }) => `task:${task}`);
  if (stuck.length > 0) return [`0 ${NO_STUCK.name} end ${stuck.join("+")}`];
  if (state.positions.includes(stopped)) return [];
  return checkEnd(program.machine, state.snapshot).map((one) => `${one.task} ${violationKey(one)}`);
}

/**
 * Takes a run from its start, event by event.
 * @returns what its last event breaks, and what its end breaks if nothing can follow
 * @throws Error for an event that cannot happen there
 */
export function follow(program: Program, events: readonly StepEvent[]): string[] {
  let state = initialState(program);
  let broken: string[] = [];
  for (const [at, event] of events.entries()) {
    const spelled = JSON.stringify(event);
    const move = allMovesOf(program, state).find((one) => JSON.stringify(one.event) === spelled);
    if (move === undefined || isBlocked(move)) throw new Error(`event ${at} cannot happen: ${spelled}`);
    broken = brokenBy(move);
    state = after(program, state, move);
  }
  return allMovesOf(program, state).every(isBlocked) ? [...broken, ...brokenAtEnd(program, state)] : broken;
}
