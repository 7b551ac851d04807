import { heldBy } from "@faultline/mm";
import { ModelProcess, type Operation, type ProcessOptions, type ResultLine, type Subject } from "@faultline/oracle";

/** A model process whose every step is looked at: which rules it breaks, and which locks an operation leaves behind. */
export class WatchedProcess implements Subject {
  /** What went wrong, by operation; empty where nothing did. */
  readonly wrong: string[] = [];
  readonly #process: ModelProcess;
  #operation = "the start";
  #task = 0;

  constructor(options: Omit<ProcessOptions, "observe">) {
    this.#process = new ModelProcess({
      ...options,
      observe: ({ task }, { violations }) => {
        this.#task = task;
        for (const { rule, message } of violations) this.wrong.push(`${this.#operation}: ${rule.name}: ${message}`);
      },
    });
  }

  run(operation: Operation): readonly ResultLine[] {
    this.#operation = operation.text;
    const lines = this.#process.run(operation);
    for (const { lock } of this.#process.table.get(heldBy.of(this.#task))) {
      this.wrong.push(`${operation.text}: ${lock} is still held`);
    }
    return lines;
  }
}
