import { sameBytes } from "../format/checksum.ts";
import { type BlockEntry, type DecodedFooter, decodeFooter } from "../format/footer-block.ts";
import { BlockType } from "../format/frame.ts";
import { decodeEnd, decodePreamble, encodeEnd, END_BYTES, PREAMBLE_BYTES } from "../format/preamble.ts";
import { malformed } from "../format/schema.ts";
import { openPayload } from "../format/wire.ts";
import { TraceError } from "../trace-error.ts";
import type { ByteSource } from "./byte-source.ts";
import { readBlock, type SummedBlock } from "./load-block.ts";
import { checkOrder, type TraceLayout } from "./trace-layout.ts";

/**
 * Reads a trace from front to back, checking every sum. What a file gives whose end is missing is its whole blocks.
 * @throws TraceError when a block is damaged, misplaced or foreign; when not even the header is there
 */
export function walkBlocks(source: ByteSource): TraceLayout {
  const version = decodePreamble(source.read(0, Math.min(PREAMBLE_BYTES, source.size)));
  // With the end mark in place nothing is missing, so a block that seems to go beyond it is damaged, not cut.
  const finished = isFinished(source);
  const limit = finished ? source.size - END_BYTES : source.size;
  const blocks: BlockEntry[] = [];
  let offset = PREAMBLE_BYTES;
  let first = 0;
  const cut = (): TraceLayout => {
    if (finished) throw damaged(offset, first);
    if (blocks.length === 0) {
      throw new TraceError(
        "E_TRACE_TRUNCATED",
        "the trace ends inside its header: nothing of it can be used. Record it again.",
      );
    }
    checkOrder(blocks);
    return {
      version,
      blocks,
      events: first,
      finalHash: undefined,
      truncation: truncation(first, source.size - offset),
    };
  };
  for (;;) {
    const block = readBlock(source, offset, limit);
    if (block === undefined) return cut();
    const { type, flags, count, stored } = block.frame;
    if (block.frame.first !== first) {
      throw malformed(`the block at byte ${offset} starts at event ${block.frame.first}, where event ${first} is next`);
    }
    if (type === BlockType.footer) return finish(source, offset, block, { version, blocks, first });
    blocks.push({ offset, type, flags, count, stored, first, sum: block.sum });
    first += count;
    offset = block.end;
  }
}

function finish(
  source: ByteSource,
  offset: number,
  block: SummedBlock,
  seen: Pick<TraceLayout, "version" | "blocks"> & { readonly first: number },
): TraceLayout {
  const { version, blocks, first } = seen;
  checkOrder(blocks);
  const footer = decodeFooter(openPayload(block.frame, block.body).payload, offset);
  requireAgreement(footer, blocks);
  const layout = { version, blocks, events: first, finalHash: footer.finalHash };
  const rest = source.size - block.end;
  const end = encodeEnd(offset);
  if (rest > END_BYTES) {
    throw new TraceError(
      "E_TRACE_FORMAT",
      `${rest - END_BYTES} bytes follow the end of the trace: two files were joined, or something was appended.`,
    );
  }
  if (!sameBytes(source.read(block.end, source.size), end.subarray(0, rest))) throw damaged(block.end, first);
  return { ...layout, truncation: rest === END_BYTES ? undefined : truncation(first, rest) };
}

function isFinished(source: ByteSource): boolean {
  if (source.size < PREAMBLE_BYTES + END_BYTES) return false;
  return decodeEnd(source.read(source.size - END_BYTES, source.size)) !== undefined;
}

function requireAgreement(footer: DecodedFooter, blocks: readonly BlockEntry[]): void {
  const same =
    footer.blocks.length === blocks.length &&
    footer.blocks.every((one, i) => {
      const { type, flags, count, stored, sum } = blocks[i]!;
      return (
        one.type === type &&
        one.flags === flags &&
        one.count === count &&
        one.stored === stored &&
        sameBytes(one.sum, sum)
      );
    });
  if (!same) throw malformed("the index in the footer does not name the blocks that are there");
}

function truncation(events: number, rest: number): TraceError {
  const tail = rest === 0 ? "" : `, ${rest} bytes of an unfinished block left aside`;
  return new TraceError(
    "E_TRACE_TRUNCATED",
    `the trace was cut: ${events} events are whole${tail}. The recorder was stopped, or the copy is incomplete.`,
  );
}

function damaged(offset: number, events: number): TraceError {
  return new TraceError(
    "E_TRACE_CHECKSUM",
    `the trace is damaged at byte ${offset}, after ${events} whole events. Take the file from its source again.`,
  );
}
