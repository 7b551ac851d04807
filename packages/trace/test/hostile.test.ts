import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { Snapshot } from "@faultline/mm";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { BlockFlag, BlockType, FRAME_BYTES } from "../src/format/frame.ts";
import { encodeFooter } from "../src/format/footer-block.ts";
import { encodeEnd, encodePreamble } from "../src/format/preamble.ts";
import { scanWire } from "../src/format/wire-scan.ts";
import { decodeTrace, recordRun, replay, stateAt, TraceError } from "../src/index.ts";
import { memorySource } from "../src/read/byte-source.ts";
import { openSource } from "../src/read/open-trace.ts";
import { craft, joined, pieces, resealed } from "./helpers/surgery.ts";
import { machine, plainRun } from "./helpers/tiny-machine.ts";

// Files whose checksums are right and whose content is made up.

const packr = new Packr({ useRecords: false, variableMapSize: true });
const { bytes } = recordRun(machine, Snapshot.empty, plainRun(20), { blockEvents: 8 });
const { blocks } = pieces(bytes);
const header = blocks[0]!;

function refusedWith(code: string, file: Uint8Array): void {
  let thrown: unknown;
  try {
    const trace = decodeTrace(file);
    const result = replay(trace, machine);
    expect(result.verdict).toBe("corrupt");
    thrown = result.error;
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TraceError);
  expect(thrown).toMatchObject({ code });
}

test("resealing alone changes nothing", () => {
  expect(replay(decodeTrace(resealed(blocks)), machine).verdict).toBe("truncated");
});

test("another major version is refused, a newer minor one is read", () => {
  const preamble = encodePreamble();
  for (const [major, who] of [
    [0, "No"],
    [1, "An older"],
    [2, "An older"],
    [4, "A newer"],
  ] as const) {
    preamble[8] = major;
    refusedWith("E_TRACE_VERSION", joined(preamble, bytes.subarray(16)));
    const said = new RegExp(`format ${major}\\.0; this version reads 3\\.x. ${who} Faultline wrote it`);
    expect(() => decodeTrace(joined(preamble, bytes.subarray(16)))).toThrow(said);
  }

  const unknown = craft(packr.pack(["news"]), { type: 0x91, first: 8 });
  const later = resealed([header, blocks[1]!, unknown, blocks[2]!]);
  expect(decodeTrace(later).events).toBe(16);
  refusedWith("E_TRACE_FORMAT", resealed([header, craft(packr.pack([]), { type: 0x11 })]));
});

test("sizes of 2^32 - 1 are refused before anything is reserved", () => {
  const huge = 0xffff_ffff;
  for (const field of [2, 4, 8, 12, 16]) {
    const lie = Uint8Array.from(blocks[1]!);
    lie.fill(0xff, field, field + (field === 2 ? 2 : 4));
    const file = resealed([header, lie]);
    try {
      expect(replay(decodeTrace(file), machine).verdict).not.toBe("verified");
    } catch (error) {
      expect(error).toBeInstanceOf(TraceError);
    }
  }
  for (const tag of [0xc6, 0xdb, 0xdd, 0xdf]) {
    const lie = new Uint8Array(5);
    lie[0] = tag;
    new DataView(lie.buffer).setUint32(1, huge);
    refusedWith("E_TRACE_FORMAT", resealed([craft(lie, { type: BlockType.header })]));
    refusedWith("E_TRACE_FORMAT", resealed([header, craft(lie, eventsOf(1))]));
  }
});

test("a zip bomb is stopped at the size that it claims", () => {
  const bomb = Buffer.alloc(100 * 2 ** 20);
  refusedWith("E_TRACE_FORMAT", resealed([header, craft(bomb, { ...eventsOf(1), inflated: 1000 })]));
  refusedWith("E_TRACE_FORMAT", resealed([header, craft(bomb, eventsOf(1))]));
});

test("nesting and item bombs are refused", () => {
  refusedWith("E_TRACE_LIMIT", resealed([craft(Buffer.alloc(2_000_000, 0x91), { type: BlockType.header })]));
  refusedWith("E_TRACE_LIMIT", resealed([header, craft(Buffer.alloc(200_000, 0x91), eventsOf(1))]));
  const wide = joined(Uint8Array.of(0xdd, 0x00, 0x3f, 0xff, 0xff), Buffer.alloc(0x3f_ffff, 0x90));
  refusedWith("E_TRACE_LIMIT", resealed([header, craft(wide, eventsOf(1))]));
});

test("MessagePack that traces do not use is refused", () => {
  const bad: readonly (readonly number[])[] = [
    [], // nothing
    [0xc1], // never used
    [0xca, 0, 0, 0, 0], // float 32
    [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], // 1.5
    [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], // NaN
    [0xcb, 0x43, 0x40, 0, 0, 0, 0, 0, 0], // 2^53
    [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // 2^64 - 1
    [0xd4, 0x00, 0x00], // extension: undefined
    [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61], // msgpackr's record definition
    [0xc7, 0x00, 0x78], // extension of no bytes
    [0x81, 0x01, 0x01], // key that is no text
    [0x81, 0xa9, ...Buffer.from("__proto__"), 0x80],
    [0xa1, 0xff], // not UTF-8
    [0xa2, 0x61], // cut
    [0xc0, 0xc0], // two items
    [0x92, 0xc0],
  ];
  for (const one of bad) expect(() => scanWire(Uint8Array.from(one), 100), String(one)).toThrow(TraceError);
  expect(scanWire(packr.pack({ a: [1, -1, 2 ** 40, "ü", null, true, Buffer.of(1)] }), 100)).toBe(10);
});

test("payloads of the wrong shape are refused", () => {
  const one = columns([1], [0], [0]);
  const template = (cells: unknown): unknown => [[["op"], cells]];
  const payloads: readonly unknown[] = [
    null,
    {},
    [],
    [[], [], []],
    [[], [], one], // templates that do not exist
    [call("op"), outcome("done"), columns([1], [3], [0])],
    [call("op"), outcome("done"), columns([1], [0], [3])],
    [[[[7]]], outcome("done"), one], // op is 7
    [[[[]]], outcome("done"), columns([1], [0], [0], [1])], // op is an integer that stands apart
    [[[]], outcome("done"), one], // no op
    [[...call("op"), ...call("another")], outcome("done"), one], // a template that no event has
    [call("op"), [...outcome("done"), ...outcome("stopped")], one],
    [call("op"), outcome("blocked"), one],
    [call("op"), [[["done"]]], one], // no result
    [call("op"), [[["done"], [null], ["c"], [null], [null]]], one],
    [call("op"), [[["done"], [null], [7]]], one], // a choice that is no text
    [call("op"), [[["done"], [null], [null]]], one], // no choice, and no note after it
    [call("op"), [[["done"], [null], [], [null]]], columns([1], [0], [0], [0])],
    [call("op"), outcome("done"), columns([1, 1], [0], [0])], // too long
    [call("op"), outcome("done"), columns([1], [0], [0], [0])],
    ...[0, 1, 2, 3].flatMap((number) => {
      // A run too many, and a code too many.
      const codes = number === 0 ? [1] : number === 3 ? [] : [0];
      const runs = codes.length + 1;
      return [
        [call("op"), outcome("done"), one.with(number, [number, Buffer.alloc(runs + 1), Buffer.from(codes)])],
        [call("op"), outcome("done"), one.with(number, [number, Buffer.alloc(runs), Buffer.from([...codes, 0])])],
      ];
    }),
    [call("op"), outcome("done"), columns([], [0], [0])], // too short
    [call("op"), outcome("done"), columns([1], [0], [])],
    [call("op"), outcome("done"), columns([1], [0], [0]).slice(1)], // a column is missing
    [call("op"), outcome("done"), [...columns([1], [0], [0]), column(1, [0])]], // and twice there
    [call("op"), outcome("done"), [predicted(0, 1), ...one.slice(1)]], // nothing predicts the first event
    [call("op"), outcome("done"), [one[0], predicted(1, 1), ...one.slice(2)]],
    [[], [], [one[0], predicted(1, 1), predicted(2, 1), one[3]]],
    [call("op"), outcome("done"), [...one.slice(0, 3), predicted(3, 1)]],
    [call("op"), outcome("done"), columns([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], [0], [0])],
    [call("op"), outcome("done"), columns([0xff, 0xff, 0xff, 0xff, 0x0f], [0], [0])], // task 2^32 - 1
    [template([null, [[1]]]), outcome("done"), one], // list without an integer
    [template([null, []]), outcome("done"), one],
    [template([["a", "b"], [[]]]), outcome("done"), columns([1], [0], [0], [1])], // more keys than cells
    [
      template([
        ["a", "a"],
        [[], []],
      ]),
      outcome("done"),
      columns([1], [0], [0], [1, 1]),
    ],
    [template([["__proto__"], [[]]]), outcome("done"), columns([1], [0], [0], [1])],
    [template([7, [[]]]), outcome("done"), columns([1], [0], [0], [1])],
    [template([7, null]), outcome("done"), columns([1], [0], [0], [1])], // a text that is none
    [template([null, [[]], 0]), outcome("done"), columns([1], [0], [0], [1])],
    [template(["x", null, 0]), outcome("done"), columns([1], [0], [0], [1])],
    [template([null, Array.from({ length: 63 }, () => [])]), outcome("done"), columns([1], [0], [0])],
    [template([]), outcome("done"), columns([1], [0], [0], leb(5 * (2 * 2 ** 48 + 1) + 1))], // 2^47
    [template([]), outcome("done"), columns([1], [0], [0], leb(5 * 2 ** 21))], // too far back
    [call("op"), outcome("done"), [...one, [4, Buffer.of(0, 0), Buffer.of(2)]]], // lines without differences
    [call("op"), outcome("done"), [...one, [4, Buffer.of(0, 0), Buffer.of(2), Buffer.of(1)]]], // line -1
    [call("op"), outcome("done"), [...one, [4, Buffer.of(0, 0), Buffer.of(3), Buffer.of()]]], // a place that is none
    [call("op"), outcome("done"), [...one, [4, Buffer.of(0, 0), Buffer.of(0), Buffer.of(2)]]], // more than are used
  ];
  for (const payload of payloads) {
    refusedWith("E_TRACE_FORMAT", resealed([header, craft(packr.pack(payload), eventsOf(1))]));
  }
  // The same, without a fault: only the step is unknown, which is for the replay to say.
  const sound = [call("op"), outcome("done"), [...columns([1], [0], [0]), column(99, [2])], "more"];
  const trace = decodeTrace(resealed([header, craft(packr.pack(sound), eventsOf(1))]));
  expect(replay(trace, machine)).toMatchObject({ verdict: "diverged", divergence: { op: "op", computed: null } });
  const nested = template([null, [[], ["x"], [["a"], [[]]], ["lock", null]]]);
  // Line, difference: 7, from 0; the integer right before; one more than that.
  const integers = columns([1], [0], [0], [...leb(5 * (2 * 14 + 1) + 1), 0, 5 * (2 * 2 + 1) + 2]);
  const taken = [nested, [[["done"], [null], [null], ["note"]]], integers];
  expect(decodeTrace(resealed([header, craft(packr.pack(taken), eventsOf(1))])).event(0)).toMatchObject({
    event: { op: "op", args: [[7, "x", { a: 7 }, "lock8"]] },
    note: "note",
  });
});

test("a template has so many cells, those of its lists and maps among them, and no more", () => {
  const file = (cells: readonly unknown[], integers: number): Uint8Array => {
    const payload = [
      [[["op"], ...cells]],
      outcome("done"),
      columns([1], [0], [0], new Array<number>(integers).fill(1)),
    ];
    return resealed([header, craft(packr.pack(payload), eventsOf(1))]);
  };
  const integers = (count: number): unknown[] => Array.from({ length: count }, () => []);
  expect(decodeTrace(file(integers(63), 63)).event(0).event.args).toHaveLength(63);
  expect(decodeTrace(file([[null, integers(62)]], 62)).event(0).event.args).toHaveLength(1);
  refusedWith("E_TRACE_FORMAT", file(integers(64), 64));
  refusedWith("E_TRACE_FORMAT", file([[null, integers(62)], []], 63));
});

test("a template is named by no event before one that brings it", () => {
  const payload = (calls: readonly number[], outcomes: readonly number[]): unknown => [
    [...call("op"), ...call("other")],
    [...outcome("done"), ...outcome("stopped")],
    [column(0, [1, 1, 1]), column(1, calls), column(2, outcomes), column(3, [])],
  ];
  const file = (one: unknown): Uint8Array => resealed([header, craft(packr.pack(one), eventsOf(3))]);
  const sound = decodeTrace(file(payload([0, 0, 2], [0, 1, 0])));
  expect([...sound.recorded()].map(({ event, status }) => `${event.op} ${status}`)).toEqual([
    "op done",
    "other done",
    "other stopped",
  ]);
  refusedWith("E_TRACE_FORMAT", file(payload([2, 0, 0], [0, 1, 0])));
  refusedWith("E_TRACE_FORMAT", file(payload([0, 0, 2], [2, 0, 0])));
});

test("an integer that grows as predicted stays below 2^47", () => {
  // Each differs from the one before by as much as the first does from 0.
  const growing = (by: number, count: number): Uint8Array => {
    const columns = [
      [0, Buffer.of(0, count - 1), Buffer.of(1)],
      [1, Buffer.of(0, 0, count - 2), Buffer.of(0, 1)],
      [2, Buffer.of(0, count - 1), Buffer.of(0)],
      [3, Buffer.of(0, count - 1), Buffer.from(leb(5 * (2 * 2 * (by / 4096)) + 1))],
    ];
    return resealed([header, craft(packr.pack([[[["op"], []]], outcome("done"), columns]), eventsOf(count))]);
  };
  const last = [...decodeTrace(growing(2 ** 44, 7)).recorded()].at(-1)!;
  expect(last.event.args).toEqual([7 * 2 ** 44]);
  refusedWith("E_TRACE_FORMAT", growing(2 ** 44, 8));
});

test("events that share their tables, and their integers, are bounded", () => {
  // Each as the one before, for nothing: 61 integers at a time.
  const template = [["op"], ...Array.from({ length: 61 }, () => [])];
  const head = (count: number): unknown => [
    [template],
    outcome("done"),
    [
      [0, Buffer.of(0, ...leb(count - 1)), Buffer.of(1)],
      [1, Buffer.of(0, 0, ...leb(count - 2)), Buffer.of(0, 1)],
      [2, Buffer.of(0, ...leb(count - 1)), Buffer.of(0)],
      [3, Buffer.of(...leb(61 * count)), Buffer.of()],
    ],
  ];
  const file = resealed([header, craft(packr.pack(head(20_000)), eventsOf(20_000))]);
  expect(() => [...decodeTrace(file).recorded()]).toThrow(/more than 1048576 integers/);
});

test("a keyframe that lies about its hash, or refers to itself, is refused when it is used", () => {
  const hash = Buffer.alloc(32);
  for (const payload of [
    [hash, [["tasks", 2]]],
    [hash, 0],
    [hash, 8],
    [hash.subarray(1), []],
    [
      hash,
      [
        ["b", 1],
        ["a", 1],
      ],
    ],
  ]) {
    const keyframe = craft(packr.pack(payload), { type: BlockType.keyframe, first: 8 });
    refusedWith("E_TRACE_FORMAT", resealed([header, blocks[1]!, keyframe]));
  }
});

test("a state of another program or version is refused by name", () => {
  const states: [string, number, RegExp][] = [
    ["test/kounter:0", 3, /no component of this version is called test\/kounter:0/],
    // A counter starts at 0 here, so a state has no reason to mention that one does.
    ["test/counter:0", 0, /initial value changed/],
  ];
  for (const [key, value, message] of states) {
    const hash = createHash("sha256").update(`${key} ${value}\n`).digest();
    const payload = packr.pack(["another program", {}, hash, [[key, value]]]);
    const file = resealed([craft(payload, { type: BlockType.header })]);
    refusedWith("E_TRACE_MODEL", file);
    expect(() => replay(decodeTrace(file), machine)).toThrow(message);
    expect(decodeTrace(file).info.producer).toBe("another program");
  }
});

test("payloads changed at random, with sums made right again: a TraceError or a verdict", () => {
  const rich = recordRun(machine, Snapshot.empty, plainRun(40), { blockEvents: 10, keyframeEvents: 15 });
  // Without the footer, whose index would give every change away at once.
  const all = pieces(rich.bytes).blocks.slice(0, -1);
  const verdicts = new Set<string>();
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(fc.nat({ max: all.length - 1 }), fc.array(change, { minLength: 1, maxLength: 3 }), (i, changes) => {
      const block = Buffer.from(all[i]!);
      const body = block.subarray(FRAME_BYTES, -8);
      const plain = Buffer.from((block[1]! & BlockFlag.deflated) === 0 ? body : inflateRawSync(body));
      for (const { at, to } of changes) plain[at % plain.length] = to;
      const claims = {
        type: block[0]!,
        flags: block[1]! & BlockFlag.tablesBegin,
        count: block.readUInt16LE(2),
        first: block.readUInt32LE(12),
      };
      try {
        const trace = decodeTrace(resealed(all.with(i, craft(plain, claims))));
        verdicts.add(replay(trace, machine).verdict);
        stateAt(trace, machine, trace.events);
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
      }
    }),
    { numRuns: 1500 },
  );
  // What was changed into another well-formed trace is a forgery, and replays as what it says.
  expect([...verdicts].sort()).toEqual(["corrupt", "diverged", "truncated"]);
});

test("a finished trace without a header is refused", () => {
  const footer = craft(packr.pack(encodeFooter([], 0, "00".repeat(32))), { type: BlockType.footer });
  const file = joined(resealed([footer]), encodeEnd(16));
  refusedWith("E_TRACE_FORMAT", file);
  expect(() => openSource(memorySource(file))).toThrow(/has no header/);
});

test("a block that must not be skipped is found by the index, too", () => {
  expect(() => openSource(memorySource(indexed(craft(packr.pack([]), { type: 5 }))))).toThrow(
    /of type 5, which this version does not know/,
  );
});

test("a block that may be skipped is what the index says, all the same", () => {
  expect(openSource(memorySource(indexed(craft(packr.pack([]), { type: 0x80 })))).events).toBe(0);
  const misplaced = indexed(craft(packr.pack([]), { type: 0x80, first: 4 }));
  for (const open of [() => decodeTrace(misplaced), () => openSource(memorySource(misplaced))]) {
    expect(open).toThrow(/starts at event 4, where event 0 is next/);
  }
});

/** A finished trace of no events with a strange block, and a footer that names it. */
function indexed(strange: Uint8Array): Uint8Array {
  const file = resealed([header, strange]);
  const [type, flags] = strange as unknown as [number, number];
  const entries = [
    { offset: 16, type: 1, flags: header[1]!, count: 0, stored: header.length - 28, first: 0 },
    { offset: 16 + header.length, type, flags, count: 0, stored: strange.length - 28, first: 0 },
  ].map((entry) => {
    const end = entry.offset + entry.stored + 28;
    return { ...entry, sum: file.subarray(end - 8, end) };
  });
  const footer = craft(packr.pack(encodeFooter(entries, 0, decodeTrace(bytes).initialHash)), {
    type: BlockType.footer,
  });
  return joined(resealed([header, strange, footer]), encodeEnd(file.length));
}

test("an index that lies is refused", () => {
  const { length } = joined(...blocks.slice(0, -1));
  const lie = craft(
    packr.pack([20, Buffer.alloc(32), Buffer.alloc(2), Buffer.of(length), Buffer.of(20), Buffer.alloc(8)]),
    {
      type: BlockType.footer,
      first: 20,
    },
  );
  refusedWith("E_TRACE_FORMAT", resealed([...blocks.slice(0, -1), lie]));
});

function eventsOf(count: number): { type: number; count: number; first: number; flags: number } {
  return { type: BlockType.events, count, first: 0, flags: BlockFlag.tablesBegin };
}

function call(op: string): unknown[] {
  return [[[op]]];
}

function outcome(status: string): unknown[] {
  return [[[status], [null]]];
}

/** A column of which nothing is as predicted, and one of which all is. */
function column(number: number, codes: readonly number[]): unknown {
  const count = codes.filter((code) => code < 0x80).length;
  return [number, Buffer.alloc(count + 1), Buffer.from(codes)];
}

function predicted(number: number, count: number): unknown {
  return [number, Buffer.of(count), Buffer.of()];
}

function columns(task: number[], calls: number[], outcomes: number[], integers: number[] = []): unknown[] {
  return [column(0, task), column(1, calls), column(2, outcomes), column(3, integers)];
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...leb(Math.floor(value / 0x80))];
}

test("frames are as long as the specification says", () => {
  expect(FRAME_BYTES).toBe(20);
});
