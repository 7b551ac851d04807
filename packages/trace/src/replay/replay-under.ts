import {
  createKernel,
  kernelMachine,
  type Knobs,
  type Machine,
  type Profile,
  sameValue,
  type Snapshot,
  type Steps,
  Table,
  type Value,
} from "@faultline/mm";
import { driverOf } from "../import/profile-guess.ts";
import type { Trace } from "../read/trace.ts";
import type { Under } from "../window/operation.ts";
import { type Numbered, recordedGeneration, recognise } from "../window/recognise.ts";
import { Rerun } from "../window/rerun.ts";
import { eventsByTask } from "../window/trace-window.ts";
import { attempt } from "./attempt.ts";
import { type Divergence, eventDivergence } from "./divergence.ts";
import type { ViolationAt } from "./replay.ts";
import { stateAt } from "./seek.ts";

/** A piece of a task's run, and the program that another kernel has for it. */
export interface Follower {
  readonly task: number;
  readonly events: readonly Numbered[];
  readonly steps: () => Steps<unknown>;
  /** Whether the piece is over with its last event. */
  readonly ended: boolean;
}

/** Where another kernel does something else. */
export interface OtherDivergence extends Divergence {
  /** The kernel functions that the task is in, outermost first; empty where that is not known. */
  readonly calls: readonly string[];
  /** The step that the other kernel takes there; null: none, or the very same one with another result. */
  readonly instead: { readonly op: string; readonly args: readonly Value[] } | null;
}

export interface UnderResult {
  /** `same`: the other kernel could have done all of it. */
  readonly verdict: "same" | "diverged";
  /** Events before the divergence. */
  readonly events: number;
  readonly violations: readonly ViolationAt[];
  readonly divergence?: OtherDivergence;
}

interface Mismatch {
  readonly at: Numbered;
  readonly reason: string;
  readonly calls: readonly string[];
  readonly instead: OtherDivergence["instead"];
}

/**
 * Does a recorded run under another kernel: its programs are led along the recorded results, and its state along the
 * recorded events. Ends where the kernel takes another step, or a step has another result.
 * @param initial the state to start from, of the other kernel
 */
export function replayUnder(
  trace: Trace,
  machine: Machine,
  initial: Snapshot,
  followers: readonly Follower[],
): UnderResult {
  const mismatches = followers.map(mismatchOf).filter((one) => one !== undefined);
  const first = mismatches.reduce<Mismatch | undefined>(
    (best, one) => (best === undefined || one.at.number < best.at.number ? one : best),
    undefined,
  );
  const table = new Table(initial);
  const violations: ViolationAt[] = [];
  let number = 0;
  for (const recorded of trace.recorded()) {
    if (number === first?.at.number) {
      const { calls, instead, reason } = first;
      const divergence = eventDivergence(machine, table, number, recorded, reason);
      return { verdict: "diverged", events: number, violations, divergence: { ...divergence, calls, instead } };
    }
    const transition = attempt(machine, table, recorded);
    if (typeof transition === "string") {
      const divergence = eventDivergence(machine, table, number, recorded, transition);
      const calls = callsAt(followers, number);
      return { verdict: "diverged", events: number, violations, divergence: { ...divergence, calls, instead: null } };
    }
    for (const violation of transition.violations) violations.push({ event: number, violation });
    table.apply(transition.writes);
    number++;
  }
  return { verdict: "same", events: number, violations };
}

/**
 * The calls of a trace as another kernel makes them. Steps that belong to no call that is recognised are nobody's.
 * @param profile the kernel that the trace was recorded under, with its knobs
 * @param to what to follow them under; its driver is the recorded one where `generation` is absent
 */
export function followersOf(
  trace: Trace,
  profile: Profile,
  knobs: Knobs,
  to: { readonly knobs: Knobs; readonly generation?: (recorded: Under["generation"]) => Under["generation"] },
): Follower[] {
  const kernel = createKernel(knobs);
  const final = stateAt(trace, kernelMachine, trace.events);
  const byTask = eventsByTask(trace, 0, trace.events);
  const recorded = recordedGeneration([...byTask.values()], kernel, final, driverOf(profile));
  const under: Under = { kernel: createKernel(to.knobs), generation: to.generation?.(recorded) ?? recorded };
  return [...byTask].flatMap(([task, events]) =>
    recognise(events, kernel, [recorded], final).flatMap(({ operation, events: own, ended }): Follower[] =>
      operation === undefined ? [] : [{ task, events: own, ended, steps: () => operation.start(under) }],
    ),
  );
}

function mismatchOf({ events, steps, ended }: Follower): Mismatch | undefined {
  let rerun: Rerun;
  try {
    rerun = new Rerun(steps());
  } catch (error) {
    return { at: events[0]!, reason: messageOf(error), calls: [], instead: null };
  }
  for (const at of events) {
    const { calls, pending } = rerun;
    const { op, args } = at.event;
    if (pending === undefined) return { at, reason: "that kernel is done by then", calls, instead: null };
    const instead = { op: pending.step.op, args: pending.args };
    if (instead.op !== op || !sameValue(instead.args, args)) {
      return { at, reason: "that kernel takes another step there", calls, instead };
    }
    if (at.status === "stopped") return undefined;
    try {
      rerun.feed(at.result);
    } catch (error) {
      return { at, reason: messageOf(error), calls, instead: null };
    }
  }
  const { calls, pending } = rerun;
  if (!ended || pending === undefined) return undefined;
  const instead = { op: pending.step.op, args: pending.args };
  return {
    at: events.at(-1)!,
    reason: "that kernel goes on after it, where the recorded one was done",
    calls,
    instead,
  };
}

/** The kernel functions that the task of an event is in. */
function callsAt(followers: readonly Follower[], number: number): readonly string[] {
  const follower = followers.find(({ events }) => events.some((event) => event.number === number));
  if (follower === undefined) return [];
  const rerun = new Rerun(follower.steps());
  for (const event of follower.events) {
    if (event.number === number) break;
    rerun.feed(event.result);
  }
  return rerun.calls;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
