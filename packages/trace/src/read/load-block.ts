import { sameBytes, SUM_BYTES } from "../format/checksum.ts";
import type { BlockEntry } from "../format/footer-block.ts";
import { decodeFrame, type Frame, FRAME_BYTES } from "../format/frame.ts";
import { checkSum, type Opened, openPayload } from "../format/wire.ts";
import { TraceError } from "../trace-error.ts";
import type { ByteSource } from "./byte-source.ts";

/** A block whose frame is sound and whose sum is right. Its payload is still to be opened. */
export interface SummedBlock {
  readonly frame: Frame;
  readonly body: Uint8Array;
  readonly sum: Uint8Array;
  /** Where the next block starts. */
  readonly end: number;
}

/**
 * The whole block at an offset, or undefined when the bytes end before it does.
 * @param limit where blocks end
 * @throws TraceError for a frame or a sum that is wrong
 */
export function readBlock(source: ByteSource, offset: number, limit: number): SummedBlock | undefined {
  const bodyStart = offset + FRAME_BYTES;
  if (bodyStart > limit) return undefined;
  const frame = decodeFrame(source.read(offset, bodyStart), offset);
  const end = bodyStart + frame.stored + SUM_BYTES;
  if (end > limit) return undefined;
  const linked = source.read(offset - SUM_BYTES, end);
  const sum = checkSum(linked, offset);
  return { frame, body: linked.subarray(SUM_BYTES + FRAME_BYTES, -SUM_BYTES), sum, end };
}

/**
 * The payload of a block that an index names.
 * @throws TraceError when the block is not the one that was written there, or its payload is not a writer's
 */
export function loadBlock(source: ByteSource, entry: BlockEntry): Opened {
  const { frame, body } = namedBlock(source, entry);
  return openPayload(frame, body);
}

/**
 * A block that an index names, unopened.
 * @throws TraceError when it is not the one that was written there
 */
export function namedBlock(source: ByteSource, entry: BlockEntry): SummedBlock {
  const { offset, type, flags, count, stored, first, sum } = entry;
  const block = readBlock(source, offset, source.size);
  const frame = block?.frame;
  if (
    block === undefined ||
    frame?.type !== type ||
    frame.flags !== flags ||
    frame.count !== count ||
    frame.stored !== stored ||
    frame.first !== first ||
    !sameBytes(block.sum, sum)
  ) {
    throw new TraceError(
      "E_TRACE_CHECKSUM",
      `the block at byte ${offset} is not the one that the trace's index names: it was swapped for another. ` +
        `Take the file from its source again, or record it again.`,
    );
  }
  return block;
}
