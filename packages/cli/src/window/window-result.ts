import { type BinderGeneration, binderGenerations, sameValue, type Value } from "@faultline/mm";
import type { EventRange, Span, TraceWindow } from "@faultline/trace";
import type { AskedWindow } from "./window-range.ts";
import type { Outcomes } from "./outcomes.ts";
import type { LeftOff, WindowKernel } from "./window-scenario.ts";

/** One call, or single step, of a task in the window. */
export interface WindowCall {
  readonly name: string;
  readonly args: readonly Value[];
  /** Its first event in the trace. */
  readonly event: number;
  /** Whether it was going on when the window began. */
  readonly begun: boolean;
  /** Whether it is a step that belongs to no procedure that was recognised. */
  readonly single: boolean;
}

/** A recorded result, and what the step returned in other orders. */
export interface WindowOutcome {
  readonly event: number;
  readonly line: number | null;
  readonly thread: string;
  readonly step: string;
  readonly args: readonly Value[];
  readonly recorded: Value;
  /** What else it returned; empty: the same in every order. */
  readonly also: readonly Value[];
}

/** What is told of a window beside the verdict. */
export interface WindowResult {
  readonly trace: string;
  readonly asked: AskedWindow;
  readonly events: EventRange;
  readonly recorded: { readonly profile: string; readonly generation: string };
  readonly explored: { readonly profile: string; readonly knobs: readonly string[]; readonly generation: string };
  readonly threads: readonly { readonly task: number; readonly name: string; readonly calls: readonly WindowCall[] }[];
  /** Recorded steps of the window, how many of them were taken in some order, and which were not. */
  readonly steps: number;
  readonly reached: number;
  readonly missed: readonly WindowOutcome[];
  /** Results that decide something: those that hold in every order, and those that the order can change. */
  readonly held: readonly WindowOutcome[];
  readonly open: readonly WindowOutcome[];
  /** Events after whose other result a task was not followed any further. */
  readonly left: readonly { readonly thread: string; readonly event: number }[];
}

/** Puts together what exploring a window has shown. */
export function windowResult(
  window: TraceWindow,
  where: { readonly trace: string; readonly asked: AskedWindow; readonly profile: string },
  kernel: WindowKernel,
  given: readonly string[],
  nameOf: (task: number) => string,
  outcomes: Outcomes,
  left: LeftOff,
): WindowResult {
  const { range, tasks } = window;
  const all = tasks.flatMap(({ task, spans }) =>
    spans.flatMap(({ events }) =>
      events
        .filter(({ number }) => number >= range.first)
        .map((recorded): WindowOutcome & { readonly taken: boolean } => {
          const seen = outcomes.of(recorded.event);
          return {
            event: recorded.number,
            line: recorded.line ?? null,
            thread: nameOf(task),
            step: recorded.event.op,
            args: recorded.event.args,
            recorded: recorded.result,
            also: seen.filter((value) => !sameValue(value, recorded.result)),
            taken: seen.length > 0,
          };
        }),
    ),
  );
  const recordedName = generationText(window.under.generation);
  const plain = ({ taken: _, ...one }: (typeof all)[number]): WindowOutcome => one;
  const deciding = all.filter(({ taken, recorded }) => taken && (typeof recorded === "boolean" || recorded === null));
  return {
    trace: where.trace,
    asked: where.asked,
    events: range,
    recorded: { profile: where.profile, generation: recordedName },
    explored: {
      profile: kernel.profile.name,
      knobs: given,
      generation: generationText(kernel.generation, recordedName),
    },
    threads: tasks.map(({ task, spans }) => ({
      task,
      name: nameOf(task),
      calls: spans.map((span) => callOf(span, range)),
    })),
    steps: all.length,
    reached: all.filter(({ taken }) => taken).length,
    missed: all.filter(({ taken }) => !taken).map(plain),
    held: deciding.filter(({ also, recorded }) => also.length === 0 && typeof recorded === "boolean").map(plain),
    open: all.filter(({ taken, also }) => taken && also.length > 0).map(plain),
    left: [...left].map((text) => {
      const [task = "", event = ""] = text.split(" ");
      return { thread: nameOf(Number(task)), event: Number(event) };
    }),
  };
}

function callOf({ operation, events }: Span, { first }: EventRange): WindowCall {
  const [begin] = events;
  const { op, args } = begin!.event;
  const common = { event: begin!.number, begun: begin!.number < first };
  return operation === undefined
    ? { name: op, args, ...common, single: true }
    : { name: operation.name, args: operation.args, ...common, single: false };
}

/**
 * The preset's name, or the nearest one with what differs.
 * @param near the preset to name of several that are equally near
 */
export function generationText(generation: BinderGeneration, near = ""): string {
  const fields = Object.keys(generation) as (keyof BinderGeneration)[];
  const ranked = Object.entries(binderGenerations)
    .toReversed()
    .map(([name, preset]) => ({ name, differs: fields.filter((field) => preset[field] !== generation[field]) }))
    .sort((a, b) => a.differs.length - b.differs.length || Number(b.name === near) - Number(a.name === near));
  const { name, differs } = ranked[0]!;
  return [name, ...differs.map((field) => `${field}=${generation[field]}`)].join(",");
}
