import type { AnyStep, Outcome, StepRequest } from "../../packages/mm/src/events/step.ts";
import { StepContext } from "../../packages/mm/src/events/step-context.ts";
import { violationsOf } from "../../packages/mm/src/objects/task.ts";
import type { Ref } from "../../packages/mm/src/store/component.ts";
import type { Source } from "../../packages/mm/src/store/snapshot.ts";

/** Before the name of a step that a mutant makes out of another: results leave the mark out. */
export const MADE = "~";

const made = new Map<string, AnyStep>();
let register: (step: AnyStep) => void = () => {};

/** Steps that mutants make are declared to this from now on, and those made already. */
export function onNewStep(declare: (step: AnyStep) => void): void {
  register = declare;
  for (const step of made.values()) declare(step);
}

/** The step of this name that mutants make, `run` being the same for all of the name. */
export function madeStep(op: string, run: (tx: StepContext, ...args: never[]) => Outcome): AnyStep {
  let step = made.get(op);
  if (step === undefined) {
    step = { op, run };
    made.set(op, step);
    register(step);
  }
  return step;
}

/** A step run inside another. What it writes and breaks is its own until {@link commit}. */
export class SubStep extends StepContext {
  readonly #outer: StepContext;
  readonly #fixed: string | undefined;
  readonly outcome: Outcome;
  /** The choice that it made, if it had one. */
  chosen: string | undefined;

  /**
   * @param source where it reads; by default what the outer step sees
   * @param choice its choice; by default it is the outer step's
   */
  constructor(outer: StepContext, { step, args }: StepRequest, source: Source = sourceOf(outer), choice?: string) {
    super(source, outer.task, step.op, choice);
    this.#outer = outer;
    this.#fixed = choice;
    this.outcome = step.run(this, ...(args as never[]));
  }

  override choose<O extends string>(...options: readonly [O, ...O[]]): O {
    const choice = this.#fixed === undefined ? this.#outer.choose(...options) : super.choose(...options);
    this.chosen = choice;
    return choice;
  }

  /** The outer step writes what this one wrote, and has broken the rules that it broke. */
  commit(): void {
    for (const [ref, value] of this.writes) this.#outer.write(ref, value);
    this.#outer.violations.push(...this.violations);
    this.#outer.lockEdges.push(...this.lockEdges);
  }
}

/** What an outer step sees, as a source. */
export function sourceOf(outer: StepContext): Source {
  return { get: (ref) => outer.read(ref) };
}

/** Whether nobody but the task itself looks at this component. */
export function isOwn(ref: Ref): boolean {
  return OWN.has(ref.kind.template);
}

const OWN: ReadonlySet<string> = new Set([
  violationsOf.template,
  "task:#/held",
  "task:#/reclaim",
  "task:#/walk",
  "task:#/ma_state",
]);
