import { LIVELOCK, STARVATION, type StepEvent, type Violation } from "@faultline/mm";
import type { Budget } from "../explore/options.ts";
import type { Program } from "../program.ts";
import { collisionBound } from "../space/fingerprint.ts";
import { Space } from "../space/space.ts";
import { type Cycle, fairCycles, type Kind } from "./fair-cycles.ts";
import { growGraph, type Grown } from "./grow-graph.ts";
import { lastingCycles } from "./lasting.ts";
import { lassoMessage } from "./message.ts";
import { replayLasso } from "./replay-lasso.ts";
import { shortestLasso } from "./shortest-lasso.ts";

/** A fair cycle, with a run that leads to it and goes round it once. */
export interface Lasso {
  readonly kind: Kind;
  /**
   * Its `op` is the kind. For NO-STUCK its object is the tasks that never finish, `task:1+task:2`; a lasting violation
   * is that of an end rule, seen in all states of the loop.
   */
  readonly violation: Violation;
  /** Tasks that must finish and never do: for starvation the starved one, for a lasting violation none. */
  readonly tasks: readonly number[];
  /** A run from the initial state to the cycle. */
  readonly stem: readonly StepEvent[];
  /** Once round. From its first state it comes back to it, up to the generations of what it makes anew. */
  readonly loop: readonly StepEvent[];
  /** Whether no lasso that shows the same has fewer events, stem and loop together. */
  readonly minimal: boolean;
}

/** What looking for fair cycles gave. */
export interface LassoReport {
  /** `clean` only when every cycle was looked at, and none is to blame. */
  readonly verdict: "clean" | "violation" | "inconclusive";
  /** Why the search ended early; undefined when it covered every cycle. */
  readonly stopped: string | undefined;
  /**
   * Livelocks first, one per set of unfinished tasks, in order of tasks; then starvation, one per task; then what
   * lasts, one per rule and object.
   */
  readonly lassos: readonly Lasso[];
  readonly states: number;
  readonly transitions: number;
  /** Bytes of the graph and its table of states. */
  readonly bytes: number;
  /** The chance that two states shared a fingerprint is at most two to this; -Infinity with full keys. */
  readonly collisionLog2: number;
}

/** How to look for fair cycles. */
export interface LassoOptions {
  /** Limits, as for exploring; `bytes` are those of the graph. */
  readonly budget?: Budget;
  /** Entries that the searches for the shortest lassos may hold, all together. Default 1,000,000. */
  readonly minimizeBudget?: number;
}

const DEFAULT_MINIMIZE_BUDGET = 1_000_000;

/**
 * Decides livelock and starvation (NO-STUCK), and end rules that are broken for ever, on the whole graph of states. Threads are scheduled with weak fairness: one
 * that is enabled from some moment on for ever takes a step. See docs/liveness.md for the definitions.
 *
 * What a cut-short search reports is real, but a livelock may turn out to be starvation by a daemon that it has not seen.
 * @throws ThreadError for a thread that throws, yields what is no step, is not deterministic, or loops without a step
 */
export function findLassos(program: Program, options: LassoOptions = {}): LassoReport {
  return findLassosIn(new Space(program), options);
}

/**
 * The same in a space that an exploration has filled: what its steps do is known. Leaves it in its initial state. A
 * program no loop of which has gone round need not be asked: {@link Space.cyclic}.
 */
export function findLassosIn(space: Space, options: LassoOptions = {}): LassoReport {
  const grown = growGraph(space, options.budget ?? {});
  const { graph, states, bytes, stopped, renumbered } = grown;
  const cycles = space.cyclic ? [...fairCycles(graph), ...lastingCycles(space, graph)] : [];
  const allowance = { entries: options.minimizeBudget ?? DEFAULT_MINIMIZE_BUDGET };
  const lassos = cycles.map((cycle): Lasso => {
    const walk = shortestLasso(cycle.region, cycle.components, cycle.wish, allowance);
    return lassoOf(space, grown, cycle, walk);
  });
  return {
    verdict: lassos.length > 0 ? "violation" : stopped === undefined ? "clean" : "inconclusive",
    stopped,
    lassos,
    states,
    transitions: graph.edges,
    bytes,
    collisionLog2: collisionBound(states, renumbered ? Infinity : 128),
  };
}

function lassoOf(
  space: Space,
  { graph, renumbered }: Grown,
  { kind, unfinished, broken }: Cycle,
  walk: ReturnType<typeof shortestLasso>,
): Lasso {
  const run = replayLasso(space, graph, walk, renumbered);
  const tasks = unfinished.map((thread) => space.program.threads[thread]!.task);
  const rule = kind === "livelock" ? LIVELOCK : STARVATION;
  const violation: Violation =
    broken === undefined
      ? {
          rule,
          severity: rule.severity,
          task: 0,
          op: kind,
          object: tasks.map((task) => `task:${task}`).join("+"),
          message: lassoMessage(space.program, kind, unfinished, run),
        }
      : { ...broken, op: kind };
  return { kind, violation, tasks, stem: run.stem, loop: run.loop, minimal: walk.minimal };
}
