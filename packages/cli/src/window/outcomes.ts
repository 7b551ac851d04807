import { BLOCKED, canonical, type Machine, STOPPED, type StepEvent, type Value } from "@faultline/mm";

/** What steps returned in all orders together, by task, step and arguments. */
export class Outcomes {
  readonly #seen = new Map<string, Map<string, Value>>();

  /** The same machine, watched. */
  watch(machine: Machine): Machine {
    const steps = new Map(
      [...machine.steps].map(([op, step]) => {
        const run: typeof step.run = (tx, ...args) => {
          const outcome = step.run(tx, ...args);
          if (outcome !== BLOCKED && outcome !== STOPPED) this.#note(tx.task, op, args, outcome ?? null);
          return outcome;
        };
        return [op, { ...step, run }] as const;
      }),
    );
    return { ...machine, steps };
  }

  /** What this event's step returned, in whichever order; empty: it was never taken. */
  of({ task, op, args }: StepEvent): readonly Value[] {
    return [...(this.#seen.get(canonical([task, op, args]))?.values() ?? [])];
  }

  #note(task: number, op: string, args: readonly unknown[], result: Value): void {
    const key = canonical([task, op, args as Value[]]);
    if (!this.#seen.has(key)) this.#seen.set(key, new Map());
    this.#seen.get(key)!.set(canonical(result), result);
  }
}
