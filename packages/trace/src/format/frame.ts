import { TraceError } from "../trace-error.ts";
import { MAX_EVENT_BYTES, MAX_STATE_BYTES } from "./limits.ts";

/** Bytes before a block's payload. */
export const FRAME_BYTES = 20;

/** The kinds of block. A reader skips kinds from 0x80 up that it does not know, and refuses others. */
export const BlockType = { header: 1, events: 2, keyframe: 3, footer: 4 } as const;
const FIRST_SKIPPABLE = 0x80;

export const BlockFlag = {
  /** The payload is deflated (RFC 1951, raw). */
  deflated: 1,
  /** The tables of calls and outcomes begin anew with this block. */
  tablesBegin: 2,
} as const;

/** What stands before a block's payload. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** Events in the block. */
  readonly count: number;
  /** Bytes of the payload as stored. */
  readonly stored: number;
  /** Bytes of the payload once inflated. */
  readonly inflated: number;
  /** Events before the block. */
  readonly first: number;
}

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, frame.type);
  view.setUint8(1, frame.flags);
  view.setUint16(2, frame.count, true);
  view.setUint32(4, frame.stored, true);
  view.setUint32(8, frame.inflated, true);
  view.setUint32(12, frame.first % 2 ** 32, true);
  view.setUint32(16, Math.floor(frame.first / 2 ** 32), true);
  return bytes;
}

/**
 * The frame in these {@link FRAME_BYTES} bytes.
 * @throws TraceError for sizes, flags and types that no writer of this format writes
 */
export function decodeFrame(bytes: Uint8Array, offset: number): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_BYTES);
  const frame: Frame = {
    type: view.getUint8(0),
    flags: view.getUint8(1),
    count: view.getUint16(2, true),
    stored: view.getUint32(4, true),
    inflated: view.getUint32(8, true),
    first: view.getUint32(12, true) + view.getUint32(16, true) * 2 ** 32,
  };
  const wrong = whatIsWrong(frame);
  if (wrong !== undefined) {
    throw new TraceError(
      "E_TRACE_FORMAT",
      `the block at byte ${offset} ${wrong}. The file is damaged, or was not written by Faultline.`,
    );
  }
  return frame;
}

/** Whether this version knows what a block of this type is. */
export function isKnown(type: number): boolean {
  return (Object.values(BlockType) as number[]).includes(type);
}

/** Whether a reader may come upon a block of this type: it knows it, or may skip it. */
export function isReadable(type: number): boolean {
  return isKnown(type) || type >= FIRST_SKIPPABLE;
}

/** The largest payload, inflated, that a block of this type may have. */
export function payloadLimit(type: number): number {
  return type === BlockType.events ? MAX_EVENT_BYTES : MAX_STATE_BYTES;
}

function whatIsWrong({ type, flags, count, stored, inflated, first }: Frame): string | undefined {
  if (!isReadable(type)) return `is of type ${type}, which this version does not know`;
  if (!Number.isSafeInteger(first)) return `claims to start at event ${first}`;
  const limit = payloadLimit(type);
  if (stored > limit || inflated > limit) {
    return `claims ${Math.max(stored, inflated)} bytes of payload, where ${limit} is the most`;
  }
  if ((flags & ~(BlockFlag.deflated | BlockFlag.tablesBegin)) !== 0) return `has unknown flags 0x${flags.toString(16)}`;
  if ((flags & BlockFlag.deflated) === 0 && stored !== inflated) return "has two lengths for one payload";
  if (type === BlockType.events ? count === 0 : count !== 0 || flags > BlockFlag.deflated) {
    return `of type ${type} claims ${count} events`;
  }
  return undefined;
}
