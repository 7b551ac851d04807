import { Snapshot } from "@faultline/mm";
import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { BlockFlag, BlockType } from "../src/format/frame.ts";
import { MAX_EVENT_ITEMS, MAX_GROUP_ITEMS, MAX_ROW_CELLS } from "../src/format/limits.ts";
import { RowDecoder } from "../src/format/row-decoder.ts";
import { decodeTrace, recordRun } from "../src/index.ts";
import { craft, pieces, resealed } from "./helpers/surgery.ts";
import { machine, plainRun } from "./helpers/tiny-machine.ts";

// What may be in memory between two blocks at which the tables begin anew: MAX_GROUP_ITEMS, whatever each block claims.

const packr = new Packr({ useRecords: false, variableMapSize: true });
const header = pieces(recordRun(machine, Snapshot.empty, plainRun(1)).bytes).blocks[0]!;
const none = Buffer.alloc(0);

/** A block of one event, nearly as many items in it as a block may have: what comes after the notes is passed over. */
function wideBlock(first: number, tablesBegin: boolean): Uint8Array {
  const row = (cells: unknown): unknown => [[cells], Buffer.of(0), none];
  const calls = tablesBegin ? row([["op"]]) : [[], none, none];
  const outcomes = tablesBegin ? row([["done"], [null]]) : [[], none, none];
  const columns = [
    [0, Buffer.of(1)],
    [1, Buffer.of(tablesBegin ? 0 : 1)],
    [2, Buffer.of(tablesBegin ? 1 : 0)],
  ];
  const filler = new Array<number>(MAX_EVENT_ITEMS - 100).fill(0);
  const payload = packr.pack([calls, outcomes, columns, [], filler]);
  const flags = tablesBegin ? BlockFlag.tablesBegin : 0;
  return craft(payload, { type: BlockType.events, count: 1, first, flags });
}

const FITTING = Math.floor(MAX_GROUP_ITEMS / (MAX_EVENT_ITEMS - 50));

test("blocks whose tables go together hold so many items, and no more", () => {
  const trace = (more: boolean): Uint8Array =>
    resealed([
      header,
      ...Array.from({ length: FITTING }, (_, i) => wideBlock(i, i === 0)),
      wideBlock(FITTING, more),
      wideBlock(FITTING + 1, false),
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

test("rows that cost few bytes make so many lists, and no more", () => {
  // Each list takes a cell, and one for the integer without which it would be refused.
  const lists = MAX_ROW_CELLS / 2;
  const template = Array.from({ length: lists }, () => [null, [[]]]);
  const rows = (count: number, first: boolean): unknown => [
    first ? [template] : [],
    Buffer.alloc(count),
    Buffer.alloc(count * lists),
  ];
  const most = MAX_GROUP_ITEMS / lists;
  const decoder = new RowDecoder("calls");
  expect(decoder.decode(rows(most, true), most)).toHaveLength(most);
  expect(() => decoder.decode(rows(1, false), 1)).toThrow(`more than ${MAX_GROUP_ITEMS} lists`);
});
