const NOTHING = new Float64Array(0);

/** What one task has done since the tables began. */
export class TaskRun {
  readonly number: number;
  /** Its last event; -1: none. */
  last = -1;
  /** The earlier event, of any task, that its last one is held to repeat; -1: none. What followed that is predicted next. */
  match = -1;
  /** The integers of its events, in order, `length` of them. */
  values: Float64Array = NOTHING;
  length = 0;

  constructor(number: number) {
    this.number = number;
  }

  /** Forgets everything but the room that it took. */
  clear(): void {
    this.last = this.match = -1;
    this.length = 0;
  }

  /** Makes room for so many more integers. */
  reserve(more: number): void {
    if (this.length + more <= this.values.length) return;
    const values = new Float64Array(2 * (this.length + more));
    values.set(this.values);
    this.values = values;
  }
}
