import {
  type Effect,
  InPlace,
  kernelMachine,
  type Knobs,
  type Ref,
  rwsemForm,
  type Snapshot,
  type StepEvent,
  Table,
  type Transition,
  type Value,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import { INFERRED, VMA_LOCKED } from "./inferred.ts";
import { LIMITS } from "./limits.ts";
import type { Report } from "./report.ts";

/**
 * Receives each event of the model that the trace gave rise to, in order, with the line it came from; `inferred`: no
 * kernel has an event for such a step.
 */
export type EventSink = (
  event: StepEvent,
  transition: Pick<Transition, "status" | "result" | "violations" | "writes" | "choicePoint">,
  line: number,
  time: number,
  inferred: boolean,
) => void;

/** What became of a step. */
export type Outcome =
  | {
      readonly status: "done";
      readonly result: Value;
      /** Whether it changed anything. */
      readonly wrote: boolean;
    }
  /** It has to wait; nothing happened. */
  | { readonly status: "blocked" }
  /** The model cannot do it at all, or the task ended with it (BUG_ON). */
  | { readonly status: "refused"; readonly reason: string };

export const BLOCKED: Outcome = { status: "blocked" };

/** The state machine that the trace is held against, in place, and the events it has taken. */
export class Model {
  readonly table: Table = new Table();
  readonly #state: InPlace = new InPlace(kernelMachine, this.table);
  readonly #report: Report;
  readonly #sink: EventSink | undefined;
  /** What broke a rule so far: each is told once. */
  readonly #broken = new Set<string>();
  events = 0;
  /** When the present line was written. */
  time = 0;

  constructor(report: Report, sink: EventSink | undefined) {
    this.#report = report;
    this.#sink = sink;
  }

  /** The kernel has these knobs, as far as the state tells; before the first step. Returns the state there is then. */
  boot({ rwsem, vmaLock, vmaSlab }: Knobs): Snapshot {
    this.table.apply(
      new Map<Ref, Value>([
        [rwsemForm, rwsem],
        [vmaLockForm, vmaLock],
        [vmaSlabForm, vmaSlab],
      ]),
    );
    return this.table.snapshot();
  }

  /** Takes a step, if it can be taken. */
  run(task: number, op: string, args: readonly Value[]): Outcome {
    return this.runIf(task, op, args, () => true);
  }

  /** Takes a step if it can be taken and has a result that the caller wants; otherwise nothing happens. */
  runIf(task: number, op: string, args: readonly Value[], wants: (result: Value) => boolean): Outcome {
    let effect: Effect;
    const event: StepEvent = { task, op, args };
    try {
      effect = this.#state.apply(event);
    } catch (error) {
      return { status: "refused", reason: error instanceof Error ? error.message : String(error) };
    }
    const { status, result } = effect;
    if (status === "blocked") return BLOCKED;
    const { wrote } = this.#state;
    if (status === "done" && !wants(result)) {
      this.#state.undo();
      return { status, result, wrote: false };
    }
    this.#taken(event, effect);
    return status === "done" ? { status, result, wrote } : { status: "refused", reason: `${op} ends the task` };
  }

  /** Takes a step that cannot fail, whatever the trace says, and returns its result; null where it failed all the same. */
  must(task: number, op: string, args: readonly Value[]): Value {
    const outcome = this.run(task, op, args);
    if (outcome.status === "done") return outcome.result;
    this.differ(op, outcome);
    return null;
  }

  /** Says that a step which cannot fail has failed. */
  differ(op: string, outcome: Exclude<Outcome, { status: "done" }>): void {
    const why = outcome.status === "refused" ? `: ${outcome.reason}` : "";
    this.#report.differ("ops", `${op} is ${outcome.status}${why}`);
  }

  #taken(event: StepEvent, { status, result, violations }: Effect): void {
    this.events++;
    if (VMA_LOCKED.has(event.op)) this.#report.inferredLocks++;
    if (this.#sink !== undefined) {
      const { choicePoint } = this.#state;
      const choice = choicePoint?.options[0];
      const made = choice === undefined ? event : { ...event, choice };
      const transition = { status, result, violations, writes: this.#state.writes(), choicePoint };
      this.#sink(made, transition, this.#report.line, this.time, INFERRED.has(event.op));
    }
    for (const { rule, message } of violations) {
      const reason = `${rule.name}: ${message}`;
      if (this.#broken.has(reason) || this.#broken.size >= LIMITS.divergences) continue;
      this.#broken.add(reason);
      this.#report.differ("rule", reason);
    }
  }
}
