import { isUtf8 } from "node:buffer";
import { TraceError } from "../trace-error.ts";
import { MAX_DEPTH } from "./limits.ts";

/**
 * Walks MessagePack bytes without building anything, so that what is built afterwards is known to be small, shallow
 * and plain: maps with text keys, lists, text, byte strings, null, booleans and safe integers. No recursion.
 * @param maxItems elements, keys and containers together
 * @returns how many items there are
 * @throws TraceError for anything else, for a length beyond the bytes, and for bytes after the one item
 */
export function scanWire(bytes: Uint8Array, maxItems: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // For each open container: items still to come, and whether it is a map (then every second one is a key).
  const left: number[] = [1];
  const isMap: boolean[] = [false];
  let at = 0;
  let items = 0;

  const size = (width: 1 | 2 | 4): number => {
    need(width);
    const value = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return value;
  };
  const need = (length: number): void => {
    if (length > bytes.length - at) throw malformed("ends inside an item");
  };
  const open = (entries: number, map: boolean): void => {
    // Every entry takes a byte at least, so a length that lies is found before anything is reserved for it.
    need(entries);
    if (left.length > MAX_DEPTH) throw tooBig(`nests deeper than ${MAX_DEPTH}`);
    left.push(entries);
    isMap.push(map);
  };
  const text = (length: number): void => {
    need(length);
    let ascii = true;
    for (let i = at; i < at + length; i++) ascii &&= bytes[i]! < 0x80;
    if (!ascii && !isUtf8(bytes.subarray(at, at + length))) throw malformed("holds text that is not UTF-8");
    at += length;
  };
  const whole = (value: number | bigint): void => {
    if (!Number.isSafeInteger(Number(value))) throw malformed("holds a number that is no safe integer");
  };

  while (left.length > 0) {
    const top = left.length - 1;
    if (left[top] === 0) {
      left.pop();
      isMap.pop();
      continue;
    }
    const isKey = isMap[top]! && left[top]! % 2 === 0;
    left[top]!--;
    if (++items > maxItems) throw tooBig(`has more than ${maxItems} items`);
    const tag = size(1);
    const isText = (tag >= 0xa0 && tag <= 0xbf) || (tag >= 0xd9 && tag <= 0xdb);
    if (isKey && !isText) throw malformed("has a key that is not text");
    const start = at;
    if (tag <= 0x7f || tag >= 0xe0) continue;
    if (tag <= 0x8f) open((tag & 0x0f) * 2, true);
    else if (tag <= 0x9f) open(tag & 0x0f, false);
    else if (tag <= 0xbf) text(tag & 0x1f);
    else {
      switch (tag) {
        case 0xc0: // nil
        case 0xc2: // false
        case 0xc3: // true
          break;
        case 0xc4: // bin 8, 16, 32
        case 0xc5:
        case 0xc6: {
          const length = size(tag === 0xc4 ? 1 : tag === 0xc5 ? 2 : 4);
          need(length);
          at += length;
          break;
        }
        case 0xcb: // float 64: how integers beyond 32 bits are written
          need(8);
          whole(view.getFloat64(at));
          at += 8;
          break;
        case 0xcc: // unsigned and signed 8, 16, 32
        case 0xd0:
          size(1);
          break;
        case 0xcd:
        case 0xd1:
          size(2);
          break;
        case 0xce:
        case 0xd2:
          size(4);
          break;
        case 0xcf: // unsigned and signed 64
        case 0xd3:
          need(8);
          whole(tag === 0xcf ? view.getBigUint64(at) : view.getBigInt64(at));
          at += 8;
          break;
        case 0xd9: // str 8, 16, 32
        case 0xda:
        case 0xdb:
          text(size(tag === 0xd9 ? 1 : tag === 0xda ? 2 : 4));
          break;
        case 0xdc: // array 16, 32
        case 0xdd:
          open(size(tag === 0xdc ? 2 : 4), false);
          break;
        case 0xde: // map 16, 32
        case 0xdf:
          open(size(tag === 0xde ? 2 : 4) * 2, true);
          break;
        default: // extensions, float 32, the byte that is never used
          throw malformed(`holds an item of type 0x${tag.toString(16)}, which traces do not use`);
      }
    }
    if (isKey && isProto(bytes, start, at)) throw malformed("has a key __proto__");
  }
  if (at !== bytes.length) throw malformed(`is followed by ${bytes.length - at} bytes`);
  return items;
}

const PROTO = [...new TextEncoder().encode("__proto__")];

function isProto(bytes: Uint8Array, start: number, end: number): boolean {
  const from = end - PROTO.length;
  return from >= start && from <= start + 4 && PROTO.every((byte, i) => bytes[from + i] === byte);
}

function malformed(what: string): TraceError {
  return new TraceError(
    "E_TRACE_FORMAT",
    `a payload ${what}. Its checksum is right, so the program that wrote it is at fault, or someone made it up.`,
  );
}

function tooBig(what: string): TraceError {
  return new TraceError("E_TRACE_LIMIT", `a payload ${what}. No trace needs that; it is refused to save memory.`);
}
