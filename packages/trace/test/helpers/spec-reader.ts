import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { Unpackr } from "msgpackr";

// A reader written from traces/README.md, which shares no code with the one in src: if the two disagree, the
// specification or the code is wrong.

type Row = unknown[];

export interface SpecEvent {
  readonly task: number;
  readonly call: Row;
  readonly outcome: Row;
  readonly line: number | undefined;
  readonly time: number | undefined;
  readonly note: unknown;
}

/** A state that has the hash beside it. */
export interface SpecState {
  readonly hash: string;
  readonly state: readonly (readonly [string, unknown])[];
}

export interface SpecTrace {
  readonly meta: unknown;
  readonly initial: readonly (readonly [string, unknown])[];
  readonly keyframes: ReadonlyMap<number, SpecState>;
  readonly events: readonly SpecEvent[];
  readonly footerEvents: number | undefined;
  readonly finalHash: string | undefined;
}

const unpackr = new Unpackr({ useRecords: false });
const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString("hex");

/** @throws Error for whatever is not as the specification says */
export function readBySpec(file: Buffer): SpecTrace {
  if (file.subarray(0, 8).toString("hex") !== "89464c540d0a1a0a" || file.readUInt16LE(8) !== 3)
    throw new Error("magic");
  const keyframes = new Map<number, SpecState>();
  const events: SpecEvent[] = [];
  const index = { kinds: [] as number[], lengths: [] as number[], counts: [] as number[], sums: "" };
  let header: unknown[] = [];
  let initial: SpecState = { hash: "", state: [] };
  let footer: unknown[] | undefined;
  let tables = new Tables();
  for (let at = 16; at < file.length - 16 && footer === undefined;) {
    const end = at + 20 + file.readUInt32LE(at + 4) + 8;
    const sum = createHash("sha256")
      .update(file.subarray(at - 8, end - 8))
      .digest("hex");
    if (!sum.startsWith(hex(file.subarray(end - 8, end)))) throw new Error(`sum at ${at}`);
    const [type, flags] = [file[at]!, file[at + 1]!];
    const count = file.readUInt16LE(at + 2);
    const body = file.subarray(at + 20, end - 8);
    const plain = (flags & 1) === 0 ? body : inflateRawSync(body);
    if (plain.length !== file.readUInt32LE(at + 8)) throw new Error("length");
    const payload = unpackr.unpack(plain) as unknown[];
    if (Number(file.readBigUInt64LE(at + 12)) !== events.length) throw new Error("first");
    if ((flags & 2) !== 0) tables = new Tables();
    if (type === 1) [header, initial] = [payload, stateOf(payload[2], payload[3])];
    if (type === 2) events.push(...tables.block(payload, count));
    if (type === 3) {
      const [hash, content] = payload;
      const known = typeof content !== "number" ? undefined : content === 0 ? initial : keyframes.get(content);
      if (known !== undefined && known.hash !== hex(hash)) throw new Error("keyframe");
      keyframes.set(events.length, known ?? stateOf(hash, content));
    }
    if (type === 4) {
      footer = payload;
      if (Number(file.readBigUInt64LE(end)) !== at || file.subarray(end + 8).toString("latin1") !== "FLTEND\r\n")
        throw new Error("end");
    } else {
      index.kinds.push(type, flags);
      index.lengths.push(body.length);
      index.counts.push(count);
      index.sums += sum.slice(0, 16);
    }
    at = end;
  }
  if (footer !== undefined) checkIndex(footer as FooterPayload, index);
  return {
    meta: header[1],
    initial: initial.state,
    keyframes,
    events,
    footerEvents: footer?.[0] as number | undefined,
    finalHash: footer === undefined ? undefined : hex(footer[1]),
  };
}

type FooterPayload = [unknown, unknown, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function checkIndex(
  [, , kinds, lengths, counts, sums]: FooterPayload,
  index: { kinds: number[]; lengths: number[]; counts: number[]; sums: string },
): void {
  const there = JSON.stringify([[...kinds], [...numbers(lengths)], [...numbers(counts)], hex(sums)]);
  if (there !== JSON.stringify([index.kinds, index.lengths, index.counts, index.sums])) throw new Error("index");
}

function stateOf(hash: unknown, entries: unknown): SpecState {
  const state = entries as [string, unknown][];
  const text = state.map(([key, value]) => `${key} ${canonicalJson(value)}\n`).join("");
  if (createHash("sha256").update(text).digest("hex") !== hex(hash)) throw new Error("hash");
  return { hash: hex(hash), state };
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(",")}}`;
}

/** Runs and codes of a column: for each item, its code, or undefined for one that is as predicted. */
class Items {
  readonly #runs: Generator<number>;
  readonly #codes: Generator<number>;
  #left: number;

  constructor(runs: Uint8Array, codes: Uint8Array) {
    this.#runs = numbers(runs);
    this.#codes = numbers(codes);
    this.#left = take(this.#runs);
  }

  next(): number | undefined {
    if (this.#left-- > 0) return undefined;
    this.#left = take(this.#runs);
    return take(this.#codes);
  }

  end(): void {
    if (this.#left !== 0 || this.#runs.next().done !== true || this.#codes.next().done !== true)
      throw new Error("items");
  }
}

function take(from: Generator<number>): number {
  const next = from.next();
  if (next.done === true) throw new Error("too short");
  return next.value;
}

/** What an integer is told from, and how far it is from that. */
interface Way {
  readonly relation: number | "last" | "succ" | "same";
  readonly difference: number;
}

/** An event of the history. Its call and outcome are two parts, 0 and 1. */
interface Past {
  readonly task: number;
  readonly templates: [call: number, outcome: number];
  readonly integers: [number[], number[]];
  readonly ways: [Way[], Way[]];
  before: Past | undefined;
  after: Past | undefined;
  places: [line: number, time: number];
}

interface SpecTask {
  match: Past | undefined;
  last: Past | undefined;
  readonly integers: number[];
}

const START: Way = { relation: "last", difference: 0 };

class Tables {
  readonly #templates: [SpecCell[][], SpecCell[][]] = [[], []];
  readonly #history: Past[] = [];
  readonly #byCall = new Map<number, Past[]>();
  readonly #byKind = new Map<string, Past[]>();
  readonly #tasks = new Map<number, SpecTask>();

  block([calls, outcomes, columns]: unknown[], count: number): SpecEvent[] {
    const bins = new Map((columns as [number, ...Uint8Array[]][]).map(([id, ...rest]) => [id, rest]));
    const items = (id: number): Items => new Items(bins.get(id)![0]!, bins.get(id)![1]!);
    const [tasks, integers] = [items(0), items(3)];
    const names = [items(1), items(2)] as const;
    const fresh: [number, number] = [this.#templates[0].length, this.#templates[1].length];
    this.#templates[0].push(...(calls as SpecCell[][]));
    this.#templates[1].push(...(outcomes as SpecCell[][]));
    const name = (part: 0 | 1, pattern: Past | undefined): number => {
      const code = names[part].next();
      if (code !== undefined) return code === 0 ? fresh[part]++ : code - 1;
      if (pattern === undefined) throw new Error("pattern");
      return pattern.templates[part];
    };
    const patterns: (Past | undefined)[] = [];
    const from = this.#history.length;
    let number: number | undefined;
    for (let i = 0; i < count; i++) {
      number = tasks.next() ?? number;
      if (number === undefined) throw new Error("task");
      if (!this.#tasks.has(number)) this.#tasks.set(number, { match: undefined, last: undefined, integers: [] });
      const task = this.#tasks.get(number)!;
      let pattern = task.match?.after;
      const call = name(0, pattern);
      const sameCall = listed(this.#byCall, call);
      if (call !== pattern?.templates[0]) pattern = nearest(sameCall, task.last);
      const event: Past = {
        task: number,
        templates: [call, -1],
        integers: [[], []],
        ways: [[], []],
        before: task.last,
        after: undefined,
        places: [0, 0],
      };
      this.#integers(event, 0, task, integers, sameCall, sameCall, pattern);
      const outcome = (event.templates[1] = name(1, pattern));
      const sameKind = listed(this.#byKind, `${call} ${outcome}`);
      const like = pattern?.templates[1] === outcome ? pattern : sameKind.at(-1);
      this.#integers(event, 1, task, integers, sameKind, sameCall, like);
      task.match = pattern !== undefined && alike(pattern, event) ? pattern : nearest(sameKind, task.last);
      if (task.last !== undefined) task.last.after = event;
      task.last = event;
      for (const list of [this.#history, sameCall, sameKind]) list.push(event);
      patterns.push(pattern);
    }
    for (const one of [tasks, integers, ...names]) one.end();
    if (fresh[0] !== this.#templates[0].length || fresh[1] !== this.#templates[1].length) throw new Error("templates");
    const events = this.#history.slice(from);
    const line = places(events, 0, bins.get(4), (i) => patterns[i]?.places[0] ?? 1);
    const time = places(events, 1, bins.get(5), (i) =>
      bins.has(4) ? events[i]!.places[0] : (patterns[i]?.places[1] ?? 1),
    );
    return events.map(({ task, templates, integers: [mine, result] }, i) => {
      const row = fill(this.#templates[1][templates[1]]!, [...result]);
      const [status, what, choice, note] = row;
      return {
        task,
        call: fill(this.#templates[0][templates[0]]!, [...mine]),
        outcome: choice === undefined || choice === null ? [status, what] : [status, what, choice],
        line: line[i],
        time: time[i],
        note,
      };
    });
  }

  #integers(
    event: Past,
    part: 0 | 1,
    task: SpecTask,
    items: Items,
    samePart: readonly Past[],
    sameCall: readonly Past[],
    like: Past | undefined,
  ): void {
    const holes = holesOf(this.#templates[part][event.templates[part]]!);
    for (let place = 0; place < holes; place++) {
      const code = items.next();
      const way = code === undefined ? (like?.ways[part][place] ?? START) : wayOf(code);
      const base = baseOf(way.relation, event, part, task.integers, samePart, sameCall, place);
      const integer = base + way.difference;
      event.integers[part].push(integer);
      event.ways[part].push(way);
      task.integers.push(integer);
    }
  }
}

function listed<K>(lists: Map<K, Past[]>, key: K): Past[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function alike(one: Past, other: Past): boolean {
  return one.templates[0] === other.templates[0] && one.templates[1] === other.templates[1];
}

/** Of events, in order, the one before which its task did most like a task whose last event is given. */
function nearest(events: readonly Past[], last: Past | undefined): Past | undefined {
  let best: Past | undefined;
  let most = -1;
  for (const event of events.slice(-64).reverse()) {
    let [mine, its, steps] = [last, event.before, 0];
    while (steps < 32 && mine !== undefined && its !== undefined && alike(mine, its)) {
      [mine, its, steps] = [mine.before, its.before, steps + 1];
    }
    if (steps > most) [best, most] = [event, steps];
  }
  return best;
}

function wayOf(code: number): Way {
  const [w, x] = [code % 5, Math.floor(code / 5)];
  if (w === 0) return { relation: x + 1, difference: 0 };
  const difference = unzigzag(Math.floor(x / 2)) * (x % 2 === 0 ? 4096 : 1);
  return { relation: (["last", 1, "succ", "same"] as const)[w - 1]!, difference };
}

function baseOf(
  relation: Way["relation"],
  event: Past,
  part: 0 | 1,
  integers: readonly number[],
  samePart: readonly Past[],
  sameCall: readonly Past[],
  place: number,
): number {
  if (typeof relation === "number") return integers.at(-relation) ?? 0;
  if (relation === "last") {
    const own = samePart.slice(-8).findLast(({ task }) => task === event.task);
    return (own ?? samePart.at(-1))?.integers[part][place] ?? 0;
  }
  if (relation === "same") {
    if (part === 0) return 0;
    const same = sameCall.slice(-8).findLast((one) => one.integers[0].join() === event.integers[0].join());
    return same?.integers[1][place] ?? 0;
  }
  const present = integers.length;
  for (let at = present - 2; at >= 0 && present - at <= 512; at--) {
    if (integers[at] === integers[present - 1]) return integers[at + 1]!;
  }
  return 0;
}

/** Lines, or times. */
function places(
  events: readonly Past[],
  which: 0 | 1,
  bins: readonly Uint8Array[] | undefined,
  predict: (i: number) => number,
): (number | undefined)[] {
  if (bins === undefined) return [];
  const items = new Items(bins[0]!, bins[1]!);
  const differences = numbers(bins[2]!);
  let last = 0;
  const found = events.map((event, i) => {
    const place = items.next() ?? predict(i);
    event.places[which] = place;
    if (place === 2) last += unzigzag(take(differences));
    return place === 0 ? undefined : last;
  });
  items.end();
  if (differences.next().done !== true) throw new Error("differences");
  return found;
}

/** `[value]`, `[]`, `[text, nil]`, or `[keys, cells]`. */
type SpecCell = unknown[];

function holesOf(cells: SpecCell[]): number {
  return cells.reduce((sum, cell) => {
    if (cell.length < 2) return sum + 1 - cell.length;
    return sum + (cell[1] === null ? 1 : holesOf(cell[1] as SpecCell[]));
  }, 0);
}

/** Takes the integers from the front. */
function fill(cells: SpecCell[], integers: number[]): unknown[] {
  return cells.map((cell) => {
    if (cell.length < 2) return cell.length === 1 ? cell[0] : integers.shift();
    if (cell[1] === null) return `${cell[0] as string}${integers.shift()!}`;
    const [keys, parts] = cell as [string[] | null, SpecCell[]];
    const values = fill(parts, integers);
    return keys === null ? values : Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  });
}

function* numbers(bytes: Uint8Array): Generator<number> {
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte % 128) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    yield value;
    value = 0;
    scale = 1;
  }
}

function unzigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}
