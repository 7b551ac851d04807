import { violationsOf } from "../objects/task.ts";
import type { Kind } from "../store/component.ts";
import type { Source } from "../store/snapshot.ts";
import { ObservedTransaction } from "../store/transaction.ts";
import { type Rule, type Severity, type Violation, violationKey } from "./violation.ts";

/** Two classes of locks, the second waited for under the first, as lockdep records it. */
export interface LockEdge {
  readonly held: string;
  readonly taken: string;
}

/** The transaction of one step: what it may read and write, the choice it makes and the rules it breaks. */
export class StepContext extends ObservedTransaction {
  #task: number;
  #op: string;
  #choice: string | undefined;
  /** The outcomes that were open, and after how many reads that was asked; undefined when there was no choice. */
  choicePoint: { readonly options: readonly string[]; readonly afterReads: number } | undefined;
  readonly violations: Violation[] = [];
  /** Classes of locks that the step may wait for, under which others. */
  readonly lockEdges: LockEdge[] = [];

  constructor(source: Source, task: number, op: string, choice?: string) {
    super(source);
    this.#task = task;
    this.#op = op;
    this.#choice = choice;
  }

  get task(): number {
    return this.#task;
  }

  get op(): string {
    return this.#op;
  }

  /** The kinds of the components written so far. */
  writtenKinds(): Set<Kind> {
    return new Set([...this.writes.keys()].map(({ kind }) => kind));
  }

  /** Makes this the context of another event, which has done nothing yet. For contexts that keep no footprint. */
  protected turnTo(task: number, op: string, choice: string | undefined): void {
    this.#task = task;
    this.#op = op;
    this.#choice = choice;
    this.choicePoint = undefined;
    if (this.violations.length > 0) this.violations.length = 0;
    if (this.lockEdges.length > 0) this.lockEdges.length = 0;
  }

  /**
   * Which of several outcomes happens: the event's choice, or the first when the event has none.
   * At most once per step. A single option is no choice.
   */
  choose<O extends string>(...options: readonly [O, ...O[]]): O {
    if (this.choicePoint !== undefined) throw new Error(`${this.op} chooses twice: split the step`);
    if (options.length === 1) return options[0];
    this.choicePoint = { options, afterReads: this.reads.size };
    if (this.#choice === undefined) return options[0];
    const chosen = options.find((option) => option === this.#choice);
    if (chosen === undefined) throw new ChoiceError(this.op, this.#choice, options);
    return chosen;
  }

  /** Records that this step may wait for a lock of the class `taken` while the task holds one of the class `held`. */
  acquires(held: string, taken: string): void {
    if (held !== taken) this.lockEdges.push({ held, taken });
  }

  /** Records that this step breaks a rule. The run goes on. */
  violate(rule: Rule, object: string, message: string, severity: Severity = rule.severity): void {
    const violation: Violation = { rule, severity, task: this.task, op: this.op, object, message };
    this.violations.push(violation);
    const ref = violationsOf.of(this.task);
    const key = violationKey(violation);
    const known = this.read(ref);
    if (!known.includes(key)) this.write(ref, [...known, key].sort());
  }
}

/** An event whose choice the step does not offer in this state. */
export class ChoiceError extends Error {
  override readonly name = "ChoiceError";
  readonly code = "E_CHOICE";
  constructor(op: string, choice: string, options: readonly string[]) {
    super(`${op} cannot take the choice ${JSON.stringify(choice)} here: it has ${options.join(", ") || "none"}`);
  }
}
