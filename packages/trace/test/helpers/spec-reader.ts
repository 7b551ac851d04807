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
  if (file.subarray(0, 8).toString("hex") !== "89464c540d0a1a0a" || file.readUInt16LE(8) !== 2)
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

class Tables {
  readonly #calls: Row[] = [];
  readonly #outcomes: Row[] = [];
  readonly #usual: number[] = [];
  readonly #callRows = new Rows();
  readonly #outcomeRows = new Rows();

  block([calls, outcomes, columns, notes]: unknown[], count: number): SpecEvent[] {
    let [nextCall, nextOutcome] = [this.#calls.length, this.#outcomes.length];
    this.#calls.push(...this.#callRows.unpack(calls as unknown[]));
    this.#outcomes.push(...this.#outcomeRows.unpack(outcomes as unknown[]));
    const column = new Map((columns as [number, Uint8Array][]).map(([id, bytes]) => [id, [...numbers(bytes)]]));
    const usual = new Map<unknown, number>();
    const noted = (i: number, op: unknown): unknown => {
      const code = column.get(5)?.[i] ?? 1;
      if (code > 0) usual.set(op, code);
      return (notes as unknown[])[(usual.get(op) ?? 1) - 2];
    };
    const optional = (id: number): ((i: number) => number | undefined) => {
      let last = 0;
      return (i) => {
        const code = column.get(id)?.[i] ?? 0;
        return code === 0 ? undefined : (last += unzigzag(code - 1));
      };
    };
    const [line, time] = [optional(3), optional(4)];
    return Array.from({ length: count }, (_, i) => {
      const c = column.get(1)![i]!;
      const call = c === 0 ? nextCall++ : c - 1;
      const o = column.get(2)![i]!;
      const outcome = o === 0 ? this.#usual[call]! : o === 1 ? nextOutcome++ : o - 2;
      this.#usual[call] = outcome;
      return {
        task: column.get(0)![i]!,
        call: this.#calls[call]!,
        outcome: this.#outcomes[outcome]!,
        line: line(i),
        time: time(i),
        note: noted(i, this.#calls[call]![0]),
      };
    });
  }
}

/** `[value]`, `[]`, or `[keys, cells]`. */
type SpecCell = unknown[];

class Rows {
  readonly #templates: { cells: SpecCell[]; last: number[] }[] = [];

  unpack([templates, picks, integers]: unknown[]): Row[] {
    for (const cells of templates as SpecCell[][]) this.#templates.push({ cells, last: [] });
    const order = [...numbers(picks as Uint8Array)];
    const integer = numbers(integers as Uint8Array);
    const made = this.#templates.map(({ cells, last }, template) => {
      const rows = order.filter((pick) => pick === template).map((): number[] => []);
      for (let hole = 0; rows.length > 0 && hole < holesOf(cells); hole++) {
        for (const row of rows) {
          row[hole] = last[hole] = (last[hole] ?? 0) + unzigzag(integer.next().value as number);
        }
      }
      return rows.map((row) => fill(cells, row));
    });
    if (integer.next().done !== true) throw new Error("integers");
    return order.map((template) => made[template]!.shift()!);
  }
}

function holesOf(cells: SpecCell[]): number {
  return cells.reduce((sum, cell) => sum + (cell.length === 2 ? holesOf(cell[1] as SpecCell[]) : 1 - cell.length), 0);
}

/** Takes the integers from the front. */
function fill(cells: SpecCell[], integers: number[]): unknown[] {
  return cells.map((cell) => {
    if (cell.length < 2) return cell.length === 1 ? cell[0] : integers.shift();
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
