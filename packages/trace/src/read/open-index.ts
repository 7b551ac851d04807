import { decodeFooter } from "../format/footer-block.ts";
import { BlockType, FRAME_BYTES, isKnown } from "../format/frame.ts";
import { decodeEnd, decodePreamble, END_BYTES, PREAMBLE_BYTES } from "../format/preamble.ts";
import { openPayload } from "../format/wire.ts";
import { TraceError } from "../trace-error.ts";
import type { ByteSource } from "./byte-source.ts";
import { namedBlock, readBlock } from "./load-block.ts";
import { checkOrder, type TraceLayout } from "./trace-layout.ts";

/**
 * The layout of a finished trace from its footer alone, so that a long one opens at once. Each block is held against
 * the index when it is loaded.
 * @returns undefined when the end of the file is not in order: whoever walks the file finds out why
 */
export function openIndex(source: ByteSource): TraceLayout | undefined {
  if (source.size < PREAMBLE_BYTES + FRAME_BYTES + END_BYTES) return undefined;
  const version = decodePreamble(source.read(0, PREAMBLE_BYTES));
  const limit = source.size - END_BYTES;
  const offset = decodeEnd(source.read(limit, source.size));
  if (offset === undefined || offset < PREAMBLE_BYTES || offset >= limit) return undefined;
  try {
    const footer = readBlock(source, offset, limit);
    if (footer?.frame.type !== BlockType.footer || footer.end !== limit) return undefined;
    const { blocks, events, finalHash } = decodeFooter(openPayload(footer.frame, footer.body).payload, offset);
    if (footer.frame.first !== events) return undefined;
    checkOrder(blocks);
    // Nobody will load these, so that nobody else would find out that they are not what the index says.
    for (const block of blocks) if (!isKnown(block.type)) namedBlock(source, block);
    return { version, blocks, events, finalHash, truncation: undefined };
  } catch (error) {
    if (error instanceof TraceError) return undefined;
    throw error;
  }
}
