import { MAX_ROW_CELLS } from "./limits.ts";
import { TaskRun } from "./task-run.ts";

/** How many earlier events are looked at for the one that is to be repeated, and how far back each is compared. */
const CANDIDATES = 64;
const COMPARED = 32;

/** Templates are fewer, so that a pair of them is one number. */
const PAIR: number = 2 ** 20;

/** Events and integers that there is room for at first. */
const ROOM = 1024;

/** Tasks whose room is kept when all else is forgotten. */
const KEPT_TASKS = 256;

/** Most integers of one event. */
const MOST = 2 * MAX_ROW_CELLS;

/** What an event's place in its source was to that of the event before: column 4 and 5 of a block. */
export const Place = { none: 0, same: 1, other: 2 } as const;

/**
 * The events since the tables began, as numbers, and which of them follows which: what the next one is predicted from.
 * A writer and a reader that add the same events have the same history, and so predict the same.
 */
export class EventHistory {
  /** Events, numbered from where the tables begin, and integers of all of them. */
  events = 0;
  integers = 0;
  /** For each event: its kind, which is the templates of its call and its outcome together. */
  kind: Int32Array = new Int32Array(ROOM);
  /** Its task, and the events of that task before and after it; -1: none. */
  task: Int32Array = new Int32Array(ROOM);
  previous: Int32Array = new Int32Array(ROOM);
  next: Int32Array = new Int32Array(ROOM);
  /** The last event before it with the same call template, and the last of the same kind; -1: none. */
  earlierCall: Int32Array = new Int32Array(ROOM);
  earlierKind: Int32Array = new Int32Array(ROOM);
  /** Its first integer, and the first of its outcome. One more entry than events: where the next one's begin. */
  start: Int32Array = new Int32Array(ROOM + 1);
  middle: Int32Array = new Int32Array(ROOM);
  /** Whether it has a line and a time: see {@link Place}. */
  line: Uint8Array = new Uint8Array(ROOM);
  time: Uint8Array = new Uint8Array(ROOM);
  /** For each integer: itself, and how it came about, see IntegerBases. */
  value: Float64Array = new Float64Array(ROOM);
  relation: Int32Array = new Int32Array(ROOM);
  difference: Float64Array = new Float64Array(ROOM);
  readonly #lastOfCall: number[] = [];
  readonly #lastOfKind: number[] = [];
  readonly #kinds = new Map<number, number>();
  readonly #tasks = new Map<number, TaskRun>();
  /** For each kind, its two templates. */
  readonly #callOfKind: number[] = [];
  readonly #outcomeOfKind: number[] = [];

  /** Forgets everything but the room that it took. */
  clear(): void {
    this.events = 0;
    this.integers = 0;
    this.line.fill(0);
    this.time.fill(0);
    this.#lastOfCall.length = 0;
    this.#lastOfKind.length = 0;
    this.#callOfKind.length = 0;
    this.#outcomeOfKind.length = 0;
    this.#kinds.clear();
    if (this.#tasks.size > KEPT_TASKS) this.#tasks.clear();
    for (const run of this.#tasks.values()) run.clear();
  }

  /** The templates of an event's call and outcome. */
  callOf(event: number): number {
    return this.#callOfKind[this.kind[event]!]!;
  }

  outcomeOf(event: number): number {
    return this.#outcomeOfKind[this.kind[event]!]!;
  }

  taskRun(number: number): TaskRun {
    let run = this.#tasks.get(number);
    if (run === undefined) this.#tasks.set(number, (run = new TaskRun(number)));
    return run;
  }

  /** Makes room for one more event by a task. */
  reserve(run: TaskRun): void {
    run.reserve(MOST);
    if (this.events + 1 >= this.kind.length) this.#growEvents();
    if (this.integers + MOST > this.value.length) this.#growIntegers();
  }

  /** The earlier event that a task's next one is predicted to repeat; -1: nothing is predicted. */
  predicted(run: TaskRun): number {
    return run.match < 0 ? -1 : this.next[run.match]!;
  }

  /** The last event with this call template, or of this kind; -1: none. */
  lastOfCall(call: number): number {
    return this.#lastOfCall[call] ?? -1;
  }

  lastOfKind(kind: number): number {
    return this.#lastOfKind[kind] ?? -1;
  }

  /** The number of a kind of event. Kinds are numbered as they are asked for. */
  kindOf(call: number, outcome: number): number {
    const pair = call * PAIR + outcome;
    let kind = this.#kinds.get(pair);
    if (kind === undefined) {
      this.#kinds.set(pair, (kind = this.#kinds.size));
      this.#callOfKind.push(call);
      this.#outcomeOfKind.push(outcome);
    }
    return kind;
  }

  /** The event with this call template that came after what is most like what the task has done last. */
  nearestCall(run: TaskRun, call: number): number {
    return this.#nearest(this.lastOfCall(call), this.earlierCall, run.last);
  }

  /** Adds an integer to the event that is coming about. There must be room. */
  push(run: TaskRun, value: number, relation: number, difference: number): void {
    const at = this.integers++;
    this.value[at] = value;
    this.relation[at] = relation;
    this.difference[at] = difference;
    run.values[run.length++] = value;
  }

  /**
   * Adds an event whose integers were pushed.
   * @param repeats the event that it was predicted to repeat, or that the writer or reader took instead; -1: none
   * @param middle where the integers of its outcome begin
   */
  add(run: TaskRun, kind: number, repeats: number, middle: number): void {
    const event = this.events++;
    this.kind[event] = kind;
    this.task[event] = run.number;
    this.previous[event] = run.last;
    this.next[event] = -1;
    this.middle[event] = middle;
    this.start[event + 1] = this.integers;
    const call = this.#callOfKind[kind]!;
    const earlier = this.lastOfKind(kind);
    this.earlierKind[event] = earlier;
    this.earlierCall[event] = this.lastOfCall(call);
    this.#lastOfKind[kind] = event;
    this.#lastOfCall[call] = event;
    const goesOn = repeats >= 0 && this.kind[repeats] === kind;
    run.match = goesOn ? repeats : this.#nearest(earlier, this.earlierKind, run.last);
    if (run.last >= 0) this.next[run.last] = event;
    run.last = event;
  }

  /** Of a chain of events, the one whose task did most like the task whose last event is given; the latest of several. */
  #nearest(first: number, chain: Int32Array, last: number): number {
    const { kind, previous } = this;
    let best = -1;
    let longest = -1;
    let event = first;
    for (let n = 0; event >= 0 && n < CANDIDATES && longest < COMPARED; n++, event = chain[event]!) {
      let mine = last;
      let other = previous[event]!;
      let length = 0;
      while (length < COMPARED && mine >= 0 && other >= 0 && kind[mine] === kind[other]) {
        length++;
        mine = previous[mine]!;
        other = previous[other]!;
      }
      if (length > longest) {
        longest = length;
        best = event;
      }
    }
    return best;
  }

  #growEvents(): void {
    const size = 2 * this.kind.length;
    const grown = (old: Int32Array, more = 0): Int32Array => {
      const array = new Int32Array(size + more);
      array.set(old);
      return array;
    };
    this.kind = grown(this.kind);
    this.task = grown(this.task);
    this.previous = grown(this.previous);
    this.next = grown(this.next);
    this.earlierCall = grown(this.earlierCall);
    this.earlierKind = grown(this.earlierKind);
    this.start = grown(this.start, 1);
    this.middle = grown(this.middle);
    const [line, time] = [new Uint8Array(size), new Uint8Array(size)];
    line.set(this.line);
    time.set(this.time);
    [this.line, this.time] = [line, time];
  }

  #growIntegers(): void {
    const size = 2 * this.value.length;
    const [value, relation, difference] = [new Float64Array(size), new Int32Array(size), new Float64Array(size)];
    value.set(this.value);
    relation.set(this.relation);
    difference.set(this.difference);
    [this.value, this.relation, this.difference] = [value, relation, difference];
  }
}
