import { kernelMachine, type Value } from "@faultline/mm";
import { ByteColumn } from "../../src/format/byte-column.ts";
import { BlockFlag, BlockType } from "../../src/format/frame.ts";
import type { RecordedEvent } from "../../src/format/recorded-event.ts";
import type { StoredState } from "../../src/format/state-payload.ts";
import { digestOfPlain } from "../../src/format/state-digest.ts";
import type { Random } from "./random.ts";

// Payloads as the specification describes them, each part of which may be wrong in a way of its own.

const OPS = [...kernelMachine.steps.keys(), "no such step", ""];
const EDGES = [
  0,
  1,
  -1,
  2,
  0x7f,
  0x80,
  0xff,
  0x1000,
  0xffff,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 47,
  2 ** 51,
  2 ** 53 - 1,
];
const WORDS = ["", "a", "mmap0", "constructor", "toString", "length", "live", "read", "write", "ü", "\u{1F600}"];

/** What a block claims, and what is in it. */
export interface Block {
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly payload: unknown;
}

export function anyInteger(random: Random): number {
  const edge = random.pick(EDGES);
  return random.oneIn(3) ? random.below(8) : random.oneIn(4) ? -edge : edge;
}

export function anyValue(random: Random, depth = 0): Value {
  const kind = random.below(depth > 3 ? 6 : 9);
  if (kind < 3) return anyInteger(random);
  if (kind === 3) return random.pick(WORDS);
  if (kind === 4) return random.pick([null, true, false]);
  if (kind === 5) return { vma: random.below(3), gen: random.below(3) };
  if (kind === 6) return random.list(3, () => anyValue(random, depth + 1));
  if (kind === 7) return { page: random.below(3), gen: random.below(3) };
  return Object.fromEntries(random.list(3, () => [random.pick(WORDS), anyValue(random, depth + 1)]));
}

/** Something that need not be a value, nor plain, nor shallow. */
function anything(random: Random): unknown {
  switch (random.below(8)) {
    case 0:
      return Buffer.from(random.list(6, () => random.below(256)));
    case 1:
      return 1.5;
    case 2:
      return -(2 ** 60);
    case 3:
      return Array.from({ length: random.below(80) }).reduce<unknown>((inner) => [inner], null);
    case 4:
      return undefined;
    default:
      return anyValue(random);
  }
}

/** A part as it should be, and now and then anything else in its place. */
function mostly<T>(random: Random, part: T): unknown {
  return random.oneIn(60) ? anything(random) : part;
}

function column(numbers: readonly number[]): Uint8Array {
  const bytes = new ByteColumn();
  for (const number of numbers) bytes.push(number);
  return bytes.take();
}

const NATURAL = EDGES.filter((number) => number >= 0);

/** A column of codes, one of which may be any number, or missing, or too many. */
function codes(random: Random, right: readonly number[]): Uint8Array {
  const list = [...right];
  if (random.oneIn(30)) list[random.below(list.length)] = random.pick(NATURAL);
  if (random.oneIn(60)) list.splice(random.below(list.length), random.below(2), random.below(9));
  return column(list);
}

/** Runs and codes of a column of so many items, of which any may be said to be as predicted. */
function items(random: Random, codesOf: readonly number[], predict: number): unknown[] {
  const runs = [0];
  const kept: number[] = [];
  for (const code of codesOf) {
    if (random.oneIn(predict)) runs.push((runs.pop() ?? 0) + 1);
    else {
      kept.push(code);
      runs.push(0);
    }
  }
  return [codes(random, runs), codes(random, kept)];
}

/** Which templates the events of a block have: the new ones in order, and others that exist by then in between. */
function picks(random: Random, count: number, fresh: number): number[] {
  let made = 0;
  return Array.from({ length: count }, (_, i) => {
    const isNew = made < fresh && (made === 0 || count - i <= fresh - made || random.oneIn(2));
    if (!isNew) return 1 + random.below(made);
    made++;
    return 0;
  });
}

/** A cell as a template has it, and how many integers it leaves out. */
function cell(random: Random, value: unknown, depth: number): { readonly cell: unknown[]; readonly holes: number } {
  if (typeof value === "number" && random.oneIn(2)) return { cell: [], holes: 1 };
  if (typeof value === "string" && random.oneIn(6)) return { cell: [mostly(random, value), null], holes: 1 };
  if (typeof value !== "object" || value === null || depth === 0 || random.oneIn(3)) {
    return { cell: [mostly(random, value)], holes: 0 };
  }
  const parts = Object.values(value).map((part) => cell(random, part, depth - 1));
  const holes = parts.reduce((sum, part) => sum + part.holes, 0);
  // An array or map without integers stands in the template, but for mistakes.
  if (holes === 0 && !random.oneIn(20)) return { cell: [mostly(random, value)], holes };
  const keys = Array.isArray(value) ? null : Object.keys(value);
  return {
    cell: [
      mostly(random, keys),
      mostly(
        random,
        parts.map((part) => part.cell),
      ),
    ],
    holes,
  };
}

/** Templates of rows, and how many integers each leaves out. */
function templates(
  random: Random,
  made: readonly (readonly unknown[])[],
): { readonly packed: unknown; readonly holes: readonly number[] } {
  const rows = made.map((row) =>
    row.map((value, i) => (i === 0 ? { cell: [value], holes: 0 } : cell(random, value, 3))),
  );
  const packed = rows.map((row) =>
    mostly(
      random,
      row.map((part) => part.cell),
    ),
  );
  return { packed: mostly(random, packed), holes: rows.map((row) => row.reduce((sum, { holes }) => sum + holes, 0)) };
}

/** A code of an integer: any way that it may be told, mostly to something small. */
function integerCode(random: Random): number {
  return random.oneIn(9) ? random.pick(NATURAL) : random.below(60);
}

/** Events like these, in part. */
export function eventsBlock(random: Random, like: readonly RecordedEvent[], first: boolean): Block {
  const count = 1 + random.below(6);
  const [calls, outcomes] = [1 + random.below(count), 1 + random.below(count)];
  const from = random.oneIn(2) ? 0 : random.below(like.length);
  const known = Array.from({ length: count }, (_, i) => like[from + i] ?? like[0]);
  const call = (i: number): readonly unknown[] => {
    const { op = "", args = [] } = known[i]?.event ?? {};
    return [random.oneIn(9) ? random.pick(OPS) : op, ...args.map((arg) => (random.oneIn(6) ? anyValue(random) : arg))];
  };
  const outcome = (i: number): readonly unknown[] => {
    const { status = "done", result = null, event } = known[i] ?? {};
    const choice = random.oneIn(20) ? random.pick(["reuse", "fresh", "steal", ""]) : event?.choice;
    const plain = [
      random.oneIn(20) ? random.pick(["stopped", "blocked"]) : status,
      random.oneIn(6) ? anyValue(random) : result,
    ];
    return choice === undefined ? plain : [...plain, choice];
  };
  const list = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));
  const note = random.oneIn(4);
  const callRows = templates(random, list(calls, call));
  const outcomeRows = templates(
    random,
    list(outcomes, (i) =>
      note ? [...outcome(i), ...(outcome(i).length === 2 ? [null] : []), anyValue(random)] : outcome(i),
    ),
  );
  const [callCodes, outcomeCodes] = [picks(random, count, calls), picks(random, count, outcomes)];
  const integers = holesOf(callCodes, callRows.holes) + holesOf(outcomeCodes, outcomeRows.holes);
  // Where the tables begin, a first event can be predicted by nothing.
  const predict = first ? 30 : 3;
  const columns: unknown[] = [
    [
      0,
      ...items(
        random,
        list(count, (i) => known[i]?.event.task ?? 0),
        30,
      ),
    ],
    [1, ...items(random, callCodes, predict)],
    [2, ...items(random, outcomeCodes, predict)],
    [
      3,
      ...items(
        random,
        list(integers, () => integerCode(random)),
        3,
      ),
    ],
  ];
  for (const number of [4, 5, random.below(300)]) {
    if (!random.oneIn(3)) continue;
    const places = list(count, () => random.below(random.oneIn(30) ? 5 : 3));
    const others = places.filter((place) => place === 2).length;
    const differences = list(others, () => random.pick(random.oneIn(9) ? NATURAL : [2, 4, 6]));
    columns.push(mostly(random, [number, ...items(random, places, 30), codes(random, differences)]));
  }
  const payload = mostly(random, [callRows.packed, outcomeRows.packed, mostly(random, columns)]);
  const begins = first ? !random.oneIn(20) : random.oneIn(2);
  return { type: BlockType.events, flags: begins ? BlockFlag.tablesBegin : 0, count, payload };
}

/** How many integers the rows have that these codes name. */
function holesOf(names: readonly number[], holes: readonly number[]): number {
  let fresh = 0;
  return names.reduce((sum, code) => sum + (holes[code === 0 ? fresh++ : code - 1] ?? 0), 0);
}

/** A state, some of whose components come from one that exists; its hash is right more often than not. */
function state(random: Random, like: StoredState): [hash: unknown, entries: unknown] {
  const entries = like.plain
    .filter(() => !random.oneIn(8))
    .map(([key, value]): [string, Value] => [
      random.oneIn(40) ? random.pick(WORDS) : key,
      random.oneIn(12) ? anyValue(random) : value,
    ]);
  if (!random.oneIn(9)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = Buffer.from(digestOfPlain(entries), "hex");
  return [mostly(random, hash), mostly(random, entries)];
}

export function headerBlock(random: Random, like: StoredState): Block {
  const meta = Object.fromEntries(random.list(3, () => [random.pick(WORDS), anyValue(random)]));
  const payload = mostly(random, [mostly(random, "fuzz"), mostly(random, meta), ...state(random, like)]);
  return { type: BlockType.header, flags: 0, count: 0, payload };
}

export function keyframeBlock(random: Random, like: StoredState): Block {
  const [hash, entries] = state(random, like);
  const payload = mostly(random, random.oneIn(3) ? [Buffer.from(like.hash, "hex"), random.below(6)] : [hash, entries]);
  return { type: BlockType.keyframe, flags: 0, count: 0, payload };
}

/** A block of a type that may be unknown, to be skipped or refused. */
export function otherBlock(random: Random): Block {
  const type = random.pick([0, 4, 5, 0x7f, 0x80, 0xff]);
  return { type, flags: random.below(8), count: random.oneIn(4) ? random.below(9) : 0, payload: anything(random) };
}
