import { Snapshot } from "@faultline/mm";
import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { BlockFlag, BlockType } from "../src/format/frame.ts";
import { MAX_BLOCK_EVENTS, MAX_EVENT_ITEMS, MAX_GROUP_EVENTS, MAX_GROUP_ITEMS } from "../src/format/limits.ts";
import { decodeTrace, recordRun } from "../src/index.ts";
import { craft, pieces, resealed } from "./helpers/surgery.ts";
import { machine, plainRun } from "./helpers/tiny-machine.ts";

// What may be in memory between two blocks at which the tables begin anew: MAX_GROUP_ITEMS and MAX_GROUP_EVENTS, whatever
// each block claims.

const packr = new Packr({ useRecords: false, variableMapSize: true });
const header = pieces(recordRun(machine, Snapshot.empty, plainRun(1)).bytes).blocks[0]!;
const none = Buffer.alloc(0);

const bytesOf = (...bytes: number[]): Buffer => Buffer.from(bytes);

/** A column whose one item is as predicted, or has this code. */
const column = (number: number, code?: number): unknown =>
  code === undefined ? [number, bytesOf(1), none] : [number, bytesOf(0, 0), bytesOf(code)];

/**
 * A block of one event, nearly as many items in it as a block may have: what comes after the columns is passed over.
 * @param place in the group: the first event brings its templates, the second names that of its call, later ones follow
 */
function wideBlock(first: number, place: number): Uint8Array {
  const begins = place === 0;
  const columns = [
    column(0, 1),
    place < 2 ? column(1, begins ? 0 : 1) : column(1),
    begins ? column(2, 0) : column(2),
    [3, bytesOf(0), none],
  ];
  const filler = new Array<number>(MAX_EVENT_ITEMS - 100).fill(0);
  const templates = begins ? [[[["op"]]], [[["done"], [null]]]] : [[], []];
  const payload = packr.pack([...templates, columns, filler]);
  const flags = begins ? BlockFlag.tablesBegin : 0;
  return craft(payload, { type: BlockType.events, count: 1, first, flags });
}

const FITTING = Math.floor(MAX_GROUP_ITEMS / (MAX_EVENT_ITEMS - 50));

test("blocks whose tables go together hold so many items, and no more", () => {
  const trace = (more: boolean): Uint8Array =>
    resealed([
      header,
      ...Array.from({ length: FITTING }, (_, i) => wideBlock(i, i)),
      wideBlock(FITTING, more ? 0 : FITTING),
      wideBlock(FITTING + 1, more ? 1 : FITTING + 1),
    ]);
  const tooMany = decodeTrace(trace(false));
  expect(tooMany.event(FITTING - 1).event.op).toBe("op");
  for (const number of [FITTING, FITTING + 1]) {
    expect(() => tooMany.event(number)).toThrow(expect.objectContaining({ code: "E_TRACE_LIMIT" }));
  }
  // Where the tables begin anew, so does the count.
  const anew = decodeTrace(trace(true));
  expect([...anew.recorded()].map(({ event }) => event.op)).toEqual(new Array(FITTING + 2).fill("op"));
});

/** A block of events that are all like the first, which brings the templates where the tables begin. */
function alike(first: number, count: number): Uint8Array {
  const begins = first === 0;
  const columns = [
    [0, bytesOf(0, ...leb(count - 1)), bytesOf(1)],
    begins ? [1, bytesOf(0, 0, ...leb(count - 2)), bytesOf(0, 1)] : [1, bytesOf(...leb(count)), none],
    begins ? [2, bytesOf(0, ...leb(count - 1)), bytesOf(0)] : [2, bytesOf(...leb(count)), none],
    [3, bytesOf(0), none],
  ];
  const templates = begins ? [[[["op"]]], [[["done"], [null]]]] : [[], []];
  const flags = begins ? BlockFlag.tablesBegin : 0;
  return craft(packr.pack([...templates, columns]), { type: BlockType.events, count, first, flags });
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...leb(Math.floor(value / 0x80))];
}

test("blocks whose tables go together hold so many events, and no more", () => {
  const whole = Math.floor(MAX_GROUP_EVENTS / MAX_BLOCK_EVENTS);
  const blocks = Array.from({ length: whole }, (_, i) => alike(i * MAX_BLOCK_EVENTS, MAX_BLOCK_EVENTS));
  const [before, left] = [whole * MAX_BLOCK_EVENTS, MAX_GROUP_EVENTS % MAX_BLOCK_EVENTS];
  const full = decodeTrace(resealed([header, ...blocks, alike(before, left)]));
  expect(full.event(MAX_GROUP_EVENTS - 1)).toMatchObject({ event: { task: 1, op: "op" }, status: "done" });
  const tooMany = decodeTrace(resealed([header, ...blocks, alike(before, left + 1)]));
  expect(tooMany.event(before - 1).event.op).toBe("op");
  expect(() => tooMany.event(before)).toThrow(/more than 262144 events share their tables/);
});
