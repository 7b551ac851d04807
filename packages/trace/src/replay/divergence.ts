import { type Machine, sameValue, type Snapshot, type Source, type Value } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import type { PlainState } from "../format/state-digest.ts";
import { tryEvent } from "./attempt.ts";

/** How an event ended. */
export interface Outcome {
  readonly status: "done" | "blocked" | "stopped";
  readonly result: Value;
}

/** A component in which the recorded and the computed state differ. Undefined: it had its initial value. */
export interface ComponentDifference {
  readonly key: string;
  readonly recorded: Value | undefined;
  readonly computed: Value | undefined;
}

/** The first place where the model does something else than what was recorded. */
export interface Divergence {
  /** Number of the event, from 0. When states differ, the last event before they were compared. */
  readonly event: number;
  /** Where the cause can lie: from the last place that was found equal to this event. Equal to `event` for results. */
  readonly since: number;
  readonly task: number;
  readonly op: string;
  readonly args: readonly Value[];
  readonly choice?: string;
  /** Line of the source that the event was imported from. */
  readonly line?: number;
  readonly recorded: Outcome;
  /** Null when the model refuses the event altogether. */
  readonly computed: Outcome | null;
  /** What differs, when two states were compared. */
  readonly components: readonly ComponentDifference[];
  readonly reason: string;
}

/** The divergence of one event, which `attempt` refused for this reason in this state. */
export function eventDivergence(
  machine: Machine,
  source: Source,
  number: number,
  recorded: RecordedEvent,
  reason: string,
): Divergence {
  const computed = tryEvent(machine, source, recorded);
  const outcome = typeof computed === "string" ? null : { status: computed.status, result: computed.result };
  return { ...describe(number, recorded), since: number, computed: outcome, components: [], reason };
}

/** The divergence of a state from the one that was kept after event `number`. */
export function stateDivergence(
  number: number,
  since: number,
  recorded: RecordedEvent,
  components: readonly ComponentDifference[],
): Divergence {
  const { status, result } = recorded;
  const names = components.slice(0, 3).map(({ key }) => key);
  const more = components.length > names.length ? ` and ${components.length - names.length} more` : "";
  const which = names.length === 0 ? "its hash differs" : `it differs in ${names.join(", ")}${more}`;
  const reason =
    `every result agrees, but the state after event ${number} is not the recorded one: ${which}. ` +
    `An event from ${since} to ${number} changed something else than it did when recorded`;
  return { ...describe(number, recorded), since, computed: { status, result }, components, reason };
}

/** The components in which two states differ, ascending by key. */
export function compareStates(recorded: PlainState, computed: Snapshot): ComponentDifference[] {
  const left = new Map(recorded);
  const right = new Map(computed.toPlain());
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys
    .map((key) => ({ key, recorded: left.get(key), computed: right.get(key) }))
    .filter(({ recorded: a, computed: b }) => a === undefined || b === undefined || !sameValue(a, b));
}

function describe(
  number: number,
  { event, status, result, line }: RecordedEvent,
): Omit<Divergence, "since" | "computed" | "components" | "reason"> {
  const { task, op, args, choice } = event;
  return {
    event: number,
    task,
    op,
    args,
    ...(choice === undefined ? {} : { choice }),
    ...(line === undefined ? {} : { line }),
    recorded: { status, result },
  };
}
