import {
  type BinderGeneration,
  binderGenerations,
  binderRepairs,
  type Kernel,
  sameValue,
  type Snapshot,
} from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { candidates } from "./candidates.ts";
import type { Operation, Under } from "./operation.ts";
import { Rerun } from "./rerun.ts";

/** An event with its number in the trace. */
export interface Numbered extends RecordedEvent {
  readonly number: number;
}

/** Events of one task that belong together: a procedure of the kernel, or a single step that belongs to none. */
export interface Span {
  /** undefined: a step by itself. */
  readonly operation: Operation | undefined;
  /** Its events, without what stands between them and is not its own. */
  readonly events: readonly Numbered[];
  /** Events in between that the procedure has nothing to do with: what an import has learned of the state by then. */
  readonly asides: readonly Numbered[];
  /** Whether the procedure's end was recorded. */
  readonly ended: boolean;
}

/** Events in a row that an import may put into the middle of a procedure. */
const MAX_ASIDES = 3;

/**
 * What a task did, as calls of the kernel's procedures: each guess is run again with the recorded results, and the one
 * that explains the most events is taken.
 */
export function recognise(
  events: readonly Numbered[],
  kernel: Kernel,
  generations: readonly BinderGeneration[],
  final: Snapshot,
): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < events.length;) {
    const found = longest(events, at, kernel, generations, final);
    const span = found ?? { operation: undefined, events: [events[at]!], asides: [], ended: true };
    spans.push(span);
    at += span.events.length + span.asides.length;
  }
  return spans;
}

/** Beginnings of what the driver does that only a driver of the right generation explains. */
const DRIVER_BEGINS = "do_shrink_slab";

/**
 * The driver that was recorded: of the presets, and where none explains all of them with one knob changed, the one that
 * explains the most events. The first of equals.
 * @param expected the one to begin with
 */
export function recordedGeneration(
  tasks: readonly (readonly Numbered[])[],
  kernel: Kernel,
  final: Snapshot,
  expected: BinderGeneration,
): BinderGeneration {
  const begins = tasks.flat().filter(({ event }) => event.op === DRIVER_BEGINS).length;
  let best: { readonly generation: BinderGeneration; readonly explained: number; readonly whole: boolean } | undefined;
  const presets = distinct([expected, ...Object.values(binderGenerations).toReversed()]);
  for (const generation of distinct([...presets, ...presets.flatMap(withOneChange)])) {
    if (best?.whole === true) break;
    const own = tasks
      .flatMap((events) => recognise(events, kernel, [generation], final))
      .filter(({ operation }) => operation?.driver === true);
    const explained = own.reduce((sum, { events }) => sum + events.length, 0);
    const whole = own.filter(({ events }) => events[0]!.event.op === DRIVER_BEGINS).length === begins;
    if (best === undefined || explained > best.explained) best = { generation, explained, whole };
  }
  return best!.generation;
}

function distinct(all: readonly BinderGeneration[]): BinderGeneration[] {
  return all.filter((one, i) => all.findIndex((other) => sameValue(other, one)) === i);
}

function withOneChange(generation: BinderGeneration): BinderGeneration[] {
  const all = [...Object.values(binderGenerations), ...Object.values(binderRepairs)];
  const changes = all.flatMap((one) => Object.entries(one).map(([name, value]) => ({ [name]: value })));
  return changes.map((change) => ({ ...generation, ...change }));
}

function longest(
  events: readonly Numbered[],
  at: number,
  kernel: Kernel,
  generations: readonly BinderGeneration[],
  final: Snapshot,
): Span | undefined {
  let best: Span | undefined;
  for (const operation of candidates(events, at, final)) {
    for (const generation of operation.driver ? generations : generations.slice(0, 1)) {
      const span = match(events, at, operation, { kernel, generation });
      if (span !== undefined && span.events.length > (best?.events.length ?? 0)) best = span;
    }
  }
  return best;
}

/** The procedure run again with these events' results; undefined where it does something else. */
function match(events: readonly Numbered[], at: number, operation: Operation, under: Under): Span | undefined {
  const own: Numbered[] = [];
  const asides: Numbered[] = [];
  try {
    const rerun = new Rerun(operation.start(under));
    let i = at;
    while (rerun.pending !== undefined && i < events.length) {
      const skipped = asidesBefore(events, i, rerun);
      if (skipped === undefined) return undefined;
      asides.push(...events.slice(i, i + skipped));
      i += skipped;
      const { status, result } = events[i]!;
      own.push(events[i++]!);
      if (status === "stopped") break;
      rerun.feed(result);
    }
    return own.length === 0 ? undefined : { operation, events: own, asides, ended: rerun.pending === undefined };
  } catch {
    // Results that the procedure never gets, arguments that are none: it is not this one.
    return undefined;
  }
}

/** How many events stand between here and the pending step; undefined where it does not come. */
function asidesBefore(events: readonly Numbered[], from: number, { pending }: Rerun): number | undefined {
  for (let skipped = 0; skipped <= MAX_ASIDES && from + skipped < events.length; skipped++) {
    const { event } = events[from + skipped]!;
    if (event.op === pending!.step.op && sameValue(event.args, pending!.args)) return skipped;
    if (!ASIDES.has(event.op)) return undefined;
  }
  return undefined;
}

/** What an import says of memory that was there before the trace began. */
const ASIDES: ReadonlySet<string> = new Set(["vm_flags_mod"]);
