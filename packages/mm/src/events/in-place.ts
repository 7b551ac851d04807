import type { Kind, Ref } from "../store/component.ts";
import type { Table } from "../store/table.ts";
import { requirePlain } from "../store/transaction.ts";
import type { Value } from "../store/value.ts";
import { type Machine, perform, performStep, type Transition } from "./machine.ts";
import { type AnyStep, BLOCKED, type Outcome, type StepEvent, STOPPED } from "./step.ts";
import { StepContext } from "./step-context.ts";
import type { Violation } from "./violation.ts";

/** What an event did to a table. */
export type Effect = Pick<Transition, "status" | "result" | "violations">;

const NONE: readonly Violation[] = [];

/**
 * Does events to a table, in place, with the same reducers as `apply` but without footprints: for long runs, where all
 * that is wanted is what becomes of the state.
 */
export class InPlace {
  readonly #machine: Machine;
  readonly #context: InPlaceContext;

  constructor(machine: Machine, table: Table) {
    this.#machine = machine;
    this.#context = new InPlaceContext(table);
  }

  /**
   * Does the event. One that is blocked leaves the table as it was.
   * @throws as `apply`; then, too, the table is as it was
   */
  apply({ task, op, args, choice }: StepEvent): Effect {
    return this.applyCall(task, op, args, choice);
  }

  /** {@link apply} for an event that nobody has made an object of. */
  applyCall(task: number, op: string, args: readonly Value[], choice: string | undefined): Effect {
    const context = this.#context;
    context.begin(task, op, choice, true);
    try {
      return this.effect(perform(this.#machine, context, args, choice));
    } catch (error) {
      context.undo();
      throw error;
    }
  }

  /**
   * Does a step that the machine has, by its first outcome where it has several: its result, or the mark of one that is
   * not done, which {@link effect} makes an effect of. For procedures of the kernel: that what they write is plain data
   * is found out wherever they are explored, and again by whoever spells the state.
   * @throws as {@link apply}
   */
  step(task: number, step: AnyStep, args: readonly Value[]): Exclude<Outcome, undefined> {
    const context = this.#context;
    context.begin(task, step.op, undefined, false);
    try {
      return performStep(this.#machine, context, step, args);
    } catch (error) {
      context.undo();
      throw error;
    }
  }

  /** What the last event did, of which this is the outcome. Nothing where it is blocked. */
  effect(outcome: Exclude<Outcome, undefined>): Effect {
    if (outcome === BLOCKED) {
      this.#context.undo();
      return { status: "blocked", result: null, violations: NONE };
    }
    const broken = this.#context.violations;
    const violations = broken.length === 0 ? NONE : [...broken];
    if (outcome === STOPPED) return { status: "stopped", result: null, violations };
    return { status: "done", result: outcome, violations };
  }

  /** Takes the last event back. */
  undo(): void {
    this.#context.undo();
  }

  /** Whether the last event wrote anything. */
  get wrote(): boolean {
    return this.#context.wrote;
  }

  /** What the last event wrote, as `apply` would tell it. */
  writes(): ReadonlyMap<Ref, Value> {
    return this.#context.written();
  }

  /** The outcomes that were open to the last event; undefined where it had no choice. */
  get choicePoint(): Transition["choicePoint"] {
    return this.#context.choicePoint;
  }
}

/** Reads and writes the table itself; notes no more than it takes to undo. One object serves all events. */
class InPlaceContext extends StepContext {
  readonly #table: Table;
  /** As many of these as `#writes` says: to empty an array costs more than most steps. */
  readonly #written: Ref[] = [];
  readonly #before: Value[] = [];
  #writes = 0;
  #checks = true;

  constructor(table: Table) {
    super(table, 0, "");
    this.#table = table;
  }

  /** @param checks whether what is written is looked at: all of it, however large */
  begin(task: number, op: string, choice: string | undefined, checks: boolean): void {
    this.turnTo(task, op, choice);
    this.#checks = checks;
    this.#writes = 0;
  }

  override read<T extends Value>(ref: Ref<T>): T {
    return this.#table.get(ref);
  }

  override write<T extends Value>(ref: Ref<T>, value: T): void {
    if (this.#checks) requirePlain(value);
    this.#written[this.#writes] = ref;
    this.#before[this.#writes++] = this.#table.get(ref);
    this.#table.set(ref, value);
  }

  override writtenKinds(): Set<Kind> {
    return new Set(this.#written.slice(0, this.#writes).map(({ kind }) => kind));
  }

  override acquires(): void {
    // Which locks are waited for under which is for those to know who explore.
  }

  get wrote(): boolean {
    return this.#writes > 0;
  }

  written(): ReadonlyMap<Ref, Value> {
    const written = new Map<Ref, Value>();
    for (const ref of this.#written.slice(0, this.#writes)) written.set(ref, this.#table.get(ref));
    return written;
  }

  undo(): void {
    while (this.#writes > 0) {
      this.#writes--;
      this.#table.set(this.#written[this.#writes]!, this.#before[this.#writes]!);
    }
  }
}
