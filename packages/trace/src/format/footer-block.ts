import { ByteColumn, ColumnReader } from "./byte-column.ts";
import { SUM_BYTES } from "./checksum.ts";
import { FRAME_BYTES } from "./frame.ts";
import { PREAMBLE_BYTES } from "./preamble.ts";
import { asBytes, asCount, asHash, asTuple, malformed } from "./schema.ts";
import { encodeHash } from "./state-payload.ts";

/** Where a block is and what it is: enough to load it alone and to know that it is the one that was written there. */
export interface BlockEntry {
  readonly offset: number;
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly stored: number;
  /** Events before the block. */
  readonly first: number;
  readonly sum: Uint8Array;
}

export interface DecodedFooter {
  /** Every block before the footer, in order. */
  readonly blocks: readonly BlockEntry[];
  readonly events: number;
  readonly finalHash: string;
}

export function encodeFooter(blocks: readonly BlockEntry[], events: number, finalHash: string): unknown {
  const kinds = new Uint8Array(blocks.length * 2);
  const lengths = new ByteColumn();
  const counts = new ByteColumn();
  const sums = new Uint8Array(blocks.length * SUM_BYTES);
  blocks.forEach((block, i) => {
    kinds.set([block.type, block.flags], i * 2);
    lengths.push(block.stored);
    counts.push(block.count);
    sums.set(block.sum, i * SUM_BYTES);
  });
  return [events, encodeHash(finalHash), kinds, lengths.take(), counts.take(), sums];
}

/**
 * @param offset the footer's own place in the file
 * @throws TraceError when the index cannot be that of a file with its footer there
 */
export function decodeFooter(payload: unknown, offset: number): DecodedFooter {
  const [total, hash, kindBytes, lengthBytes, countBytes, sumBytes] = asTuple(payload, 6, "the footer");
  const events = asCount(total, Number.MAX_SAFE_INTEGER, "the number of events");
  const kinds = asBytes(kindBytes, "the index's types");
  const sums = asBytes(sumBytes, "the index's sums");
  const size = kinds.length / 2;
  if (sums.length !== size * SUM_BYTES) throw malformed("the index's columns differ in length");
  const length = new ColumnReader(asBytes(lengthBytes, "the index's lengths"), "length");
  const count = new ColumnReader(asBytes(countBytes, "the index's counts"), "count");
  const blocks: BlockEntry[] = [];
  let at = PREAMBLE_BYTES;
  let first = 0;
  for (let i = 0; i < size; i++) {
    const block: BlockEntry = {
      offset: at,
      type: kinds[2 * i]!,
      flags: kinds[2 * i + 1]!,
      count: count.next(),
      stored: length.next(),
      first,
      sum: sums.subarray(i * SUM_BYTES, (i + 1) * SUM_BYTES),
    };
    blocks.push(block);
    at += FRAME_BYTES + block.stored + SUM_BYTES;
    first += block.count;
  }
  length.end();
  count.end();
  if (at !== offset) throw malformed("the index does not account for every byte before the footer");
  if (first !== events) throw malformed(`the index has ${first} events and the footer claims ${events}`);
  return { blocks, events, finalHash: asHash(hash, "the final state's hash") };
}
