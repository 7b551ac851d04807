import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { Packr } from "msgpackr";
import { TraceError } from "../trace-error.ts";
import { checksum, sameBytes, SUM_BYTES } from "./checksum.ts";
import { BlockFlag, BlockType, encodeFrame, type Frame, FRAME_BYTES, payloadLimit } from "./frame.ts";
import { MAX_EVENT_ITEMS, MAX_STATE_ITEMS } from "./limits.ts";
import { scanWire } from "./wire-scan.ts";

// Plain maps and fixed-position lists: any MessagePack decoder reads them.
const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });

/** Bytes that are a block, and the sum that the next block chains to. */
export interface SealedBlock {
  readonly bytes: Uint8Array;
  readonly sum: Uint8Array;
}

/**
 * Packs, deflates, frames and sums a payload.
 * @param previous the sum of the block before, or the preamble's last 8 bytes
 * @throws TraceError E_TRACE_LIMIT when no reader would accept the result
 */
export function sealBlock(
  block: { readonly type: number; readonly flags?: number; readonly count?: number; readonly first: number },
  payload: unknown,
  previous: Uint8Array,
): SealedBlock {
  const { type, flags = 0, count = 0, first } = block;
  const plain = packr.pack(payload);
  if (plain.length > payloadLimit(type)) {
    throw new TraceError(
      "E_TRACE_LIMIT",
      `a block of ${plain.length} bytes is needed, and a trace may have ${payloadLimit(type)}. ` +
        `The state is too large to be kept in a trace: give the run fewer objects.`,
    );
  }
  scanWire(plain, itemLimit(type));
  const deflated = deflateRawSync(plain, { level: constants.Z_DEFAULT_COMPRESSION, memLevel: 9 });
  const smaller = deflated.length < plain.length;
  const body = smaller ? deflated : plain;
  const bytes = new Uint8Array(SUM_BYTES + FRAME_BYTES + body.length + SUM_BYTES);
  bytes.set(previous);
  bytes.set(
    encodeFrame({
      type,
      flags: smaller ? flags | BlockFlag.deflated : flags,
      count,
      stored: body.length,
      inflated: plain.length,
      first,
    }),
    SUM_BYTES,
  );
  bytes.set(body, SUM_BYTES + FRAME_BYTES);
  const sum = checksum(bytes.subarray(0, -SUM_BYTES));
  bytes.set(sum, bytes.length - SUM_BYTES);
  return { bytes: bytes.subarray(SUM_BYTES), sum };
}

/**
 * Checks a block's sum.
 * @param linked the block with the 8 bytes before it
 * @returns its sum
 */
export function checkSum(linked: Uint8Array, offset: number): Uint8Array {
  const sum = linked.subarray(-SUM_BYTES);
  if (sameBytes(checksum(linked.subarray(0, -SUM_BYTES)), sum)) return sum;
  throw new TraceError(
    "E_TRACE_CHECKSUM",
    `the checksum of the block at byte ${offset} does not match: bytes changed after they were written, ` +
      `or the block comes from another place. Take the file from its source again, or record it again.`,
  );
}

/** A payload that passed the gate, with its size. */
export interface Opened {
  readonly payload: unknown;
  /** Inflated. */
  readonly bytes: number;
  readonly items: number;
}

/**
 * Inflates and unpacks a payload whose sum is right.
 * @throws TraceError when it is not what a writer writes, before memory is spent on it
 */
export function openPayload(frame: Frame, stored: Uint8Array): Opened {
  const plain = (frame.flags & BlockFlag.deflated) === 0 ? stored : inflate(stored, frame.inflated);
  const items = scanWire(plain, itemLimit(frame.type));
  try {
    return { payload: packr.unpack(plain), bytes: plain.length, items };
  } catch (error) {
    throw new TraceError(
      "E_TRACE_FORMAT",
      "a payload is not MessagePack: the program that wrote it is at fault.",
      error,
    );
  }
}

function inflate(stored: Uint8Array, length: number): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = inflateRawSync(stored, { maxOutputLength: Math.max(length, 1) });
  } catch (error) {
    throw new TraceError(
      "E_TRACE_FORMAT",
      `a payload does not inflate to the ${length} bytes it claims: the program that wrote it is at fault.`,
      error,
    );
  }
  if (plain.length === length) return plain;
  throw new TraceError("E_TRACE_FORMAT", `a payload claims ${length} bytes and has ${plain.length}.`);
}

function itemLimit(type: number): number {
  return type === BlockType.events ? MAX_EVENT_ITEMS : MAX_STATE_ITEMS;
}
