import { deflateRawSync } from "node:zlib";
import { checksum, SUM_BYTES } from "../../src/format/checksum.ts";
import { BlockFlag, BlockType, decodeFrame, encodeFrame, FRAME_BYTES } from "../../src/format/frame.ts";
import { encodePreamble, PREAMBLE_BYTES } from "../../src/format/preamble.ts";

/** A trace in pieces: preamble, blocks, end. */
export function pieces(trace: Uint8Array): { preamble: Uint8Array; blocks: Uint8Array[]; end: Uint8Array } {
  const blocks: Uint8Array[] = [];
  let at = PREAMBLE_BYTES;
  for (;;) {
    const frame = decodeFrame(trace.subarray(at, at + FRAME_BYTES), at);
    const end = at + FRAME_BYTES + frame.stored + SUM_BYTES;
    blocks.push(trace.subarray(at, end));
    at = end;
    if (frame.type === BlockType.footer) break;
  }
  return { preamble: trace.subarray(0, PREAMBLE_BYTES), blocks, end: trace.subarray(at) };
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** The blocks with their sums made right again: what someone who knows the format could write. */
export function resealed(blocks: readonly Uint8Array[]): Uint8Array {
  let file: Uint8Array = encodePreamble();
  for (const block of blocks) {
    const body = block.subarray(0, -SUM_BYTES);
    const linked = joined(file.subarray(-SUM_BYTES), body);
    file = joined(file, body, checksum(linked));
  }
  return file;
}

/** A block of any content and any claims, its sum still to be made. */
export function craft(
  plain: Uint8Array,
  claims: { type: number; count?: number; first?: number; flags?: number; inflated?: number; stored?: number },
  deflate = true,
): Uint8Array {
  const body = deflate ? deflateRawSync(plain) : plain;
  const frame = encodeFrame({
    type: claims.type,
    flags: (claims.flags ?? 0) | (deflate ? BlockFlag.deflated : 0),
    count: claims.count ?? 0,
    stored: claims.stored ?? body.length,
    inflated: claims.inflated ?? plain.length,
    first: claims.first ?? 0,
  });
  return joined(frame, body, new Uint8Array(SUM_BYTES));
}
