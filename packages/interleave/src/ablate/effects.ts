import {
  type AnyStep,
  BLOCKED,
  canonical,
  type Holding,
  holdingChange,
  type Machine,
  STOPPED,
  type StepContext,
  type Value,
  violationsOf,
} from "@faultline/mm";

/** What a step with these arguments did to what its task holds, where it returned this. */
export interface Effect {
  readonly task: number;
  readonly op: string;
  readonly args: readonly Value[];
  readonly result: Value;
  readonly taken: readonly Holding[];
  readonly dropped: readonly Holding[];
}

/** What steps were seen to do, gathered from the reducers of an exploration. */
export class Effects {
  readonly #seen = new Map<string, Effect>();
  readonly #writers = new Set<string>();

  /** The machine, watched. */
  watch(machine: Machine): Machine {
    const steps = new Map([...machine.steps].map(([op, step]) => [op, this.#watched(step)] as const));
    return { ...machine, steps };
  }

  /** Everything seen of steps that took or dropped something. */
  all(): Effect[] {
    return [...this.#seen.values()];
  }

  /** Whether a task's step was ever seen to write anything. */
  writes(task: number, op: string): boolean {
    return this.#writers.has(`${task} ${op}`);
  }

  #watched(step: AnyStep): AnyStep {
    const run = (tx: StepContext, ...args: never[]): ReturnType<AnyStep["run"]> => {
      const outcome = step.run(tx, ...args);
      if (outcome !== BLOCKED && outcome !== STOPPED) this.#note(tx, args, outcome ?? null);
      return outcome;
    };
    return { op: step.op, run };
  }

  #note(tx: StepContext, args: readonly Value[], result: Value): void {
    const { task, op } = tx;
    const [taken, dropped]: [Holding[], Holding[]] = [[], []];
    for (const [ref, after] of tx.writes) {
      if (ref !== violationsOf.of(task)) this.#writers.add(`${task} ${op}`);
      const change = holdingChange(ref, tx.reads.get(ref) ?? ref.kind.initial, after, task);
      taken.push(...change.taken);
      dropped.push(...change.dropped);
    }
    if (taken.length + dropped.length === 0) return;
    const effect: Effect = { task, op, args, result, taken, dropped };
    const key = canonical([task, op, args, result, taken.map(text), dropped.map(text)]);
    if (!this.#seen.has(key)) this.#seen.set(key, effect);
  }
}

function text({ object, class: of, mode }: Holding): string {
  return `${of} ${mode} ${object}`;
}
