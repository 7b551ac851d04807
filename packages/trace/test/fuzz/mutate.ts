import { inflateRawSync } from "node:zlib";
import { Packr } from "msgpackr";
import { checksum, SUM_BYTES } from "../../src/format/checksum.ts";
import { type BlockEntry, encodeFooter } from "../../src/format/footer-block.ts";
import { BlockFlag, BlockType, FRAME_BYTES } from "../../src/format/frame.ts";
import { encodeEnd, PREAMBLE_BYTES } from "../../src/format/preamble.ts";
import type { RecordedEvent } from "../../src/format/recorded-event.ts";
import type { StoredState } from "../../src/format/state-payload.ts";
import { craft, joined, pieces, resealed } from "../helpers/surgery.ts";
import { type Block, eventsBlock, headerBlock, keyframeBlock, otherBlock } from "./grammar.ts";
import type { Random } from "./random.ts";

/** A trace to make others of. */
export interface Seed {
  readonly bytes: Uint8Array;
  readonly initial: StoredState;
  readonly events: readonly RecordedEvent[];
}

export interface Input {
  readonly how: "bytes" | "blocks" | "payload" | "frame" | "grammar";
  readonly bytes: Uint8Array;
  /** The trace that it was before it was damaged; undefined when sums were made right again: a trace of its own. */
  readonly damaged?: Seed;
}

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** A file that somebody might have: a damaged one, or one that a strange program wrote. */
export function makeInput(random: Random, seeds: readonly Seed[]): Input {
  const seed = random.pick(seeds);
  switch (random.below(8)) {
    case 0:
      return { how: "bytes", bytes: edited(random, seed.bytes, random.pick(seeds).bytes), damaged: seed };
    case 1:
      return shuffled(random, seed, random.pick(seeds));
    case 2:
    case 3:
      return { how: "payload", bytes: finished(random, resealed(withPayload(random, seed))) };
    case 4:
      return { how: "frame", bytes: finished(random, resealed(withFrame(random, seed))) };
    default:
      return { how: "grammar", bytes: written(random, seed) };
  }
}

function edited(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let file: Uint8Array = Uint8Array.from(bytes);
  for (let left = 1 + random.below(3); left > 0 && file.length > 0; left--) {
    const at = random.below(file.length);
    const rest = file.subarray(at + random.below(12));
    switch (random.below(5)) {
      case 0:
        file = file.slice(0, at);
        break;
      case 1:
        file = joined(file.subarray(0, at), rest);
        break;
      case 2:
        file = joined(file.subarray(0, at), other.subarray(random.below(other.length)));
        break;
      case 3:
        file = joined(
          file.subarray(0, at),
          Uint8Array.from(random.list(8, () => random.below(256))),
          file.subarray(at),
        );
        break;
      default:
        file[at]! ^= 1 + random.below(255);
    }
  }
  return file;
}

function shuffled(random: Random, seed: Seed, other: Seed): Input {
  const { preamble, blocks, end } = pieces(seed.bytes);
  const pool = [...blocks, ...pieces(other.bytes).blocks];
  const list = [...blocks];
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(list.length + 1);
    if (random.oneIn(2)) list.splice(at, random.below(2), random.pick(pool));
    else list.splice(at, 1);
  }
  if (random.oneIn(2)) return { how: "blocks", bytes: joined(preamble, ...list, end), damaged: seed };
  return { how: "blocks", bytes: finished(random, resealed(list.filter((block) => block[0] !== BlockType.footer))) };
}

/** The blocks of a trace, but for the footer, with one whose payload was changed. */
function withPayload(random: Random, { bytes }: Seed): Uint8Array[] {
  const blocks = pieces(bytes).blocks.slice(0, -1);
  const at = random.below(blocks.length);
  const block = Buffer.from(blocks[at]!);
  const body = block.subarray(FRAME_BYTES, -SUM_BYTES);
  const plain = Buffer.from((block[1]! & BlockFlag.deflated) === 0 ? body : inflateRawSync(body));
  for (let left = 1 + random.below(3); left > 0; left--) plain[random.below(plain.length)] = random.below(256);
  const { type, flags, count, first } = claimsOf(block);
  return blocks.with(at, craft(plain, { type, flags: flags & BlockFlag.tablesBegin, count, first }, random.oneIn(4)));
}

/** The same, with one that makes other claims than it should. */
function withFrame(random: Random, { bytes }: Seed): Uint8Array[] {
  const blocks = pieces(bytes).blocks.slice(0, -1);
  const at = random.below(blocks.length);
  const block = Uint8Array.from(blocks[at]!);
  const width = random.pick([1, 2, 4]);
  const field = random.below(FRAME_BYTES - width + 1);
  block.fill(random.pick([0, 0xff, random.below(256)]), field, field + width);
  return blocks.with(at, block);
}

/** What a program would write that knows the format and not what it means. */
function written(random: Random, seed: Seed): Uint8Array {
  const blocks: Block[] = [headerBlock(random, seed.initial)];
  for (let left = random.below(5); left > 0; left--) {
    blocks.push(eventsBlock(random, seed.events, blocks.length === 1));
    if (random.oneIn(3)) blocks.push(keyframeBlock(random, seed.initial));
    if (random.oneIn(12)) blocks.push(otherBlock(random));
  }
  let first = 0;
  const made = blocks.map(({ type, flags, count, payload }) => {
    const claims = { type, flags: flags & ~BlockFlag.deflated, count, first };
    // To deflate and inflate takes longer than all else that is done with a small block.
    const block = craft(packr.pack(payload), claims, random.oneIn(8));
    first += count;
    return block;
  });
  return finished(random, resealed(made));
}

/** Half of the time with a footer, which lies now and then. */
function finished(random: Random, file: Uint8Array): Uint8Array {
  if (random.oneIn(2)) return file;
  const blocks: BlockEntry[] = [];
  let events = 0;
  for (let at = PREAMBLE_BYTES; at + FRAME_BYTES <= file.length;) {
    const { type, flags, count, stored } = claimsOf(file.subarray(at));
    const end = at + FRAME_BYTES + stored + SUM_BYTES;
    if (end > file.length) break;
    blocks.push({ offset: at, type, flags, count, stored, first: events, sum: file.subarray(end - SUM_BYTES, end) });
    events += count;
    at = end;
  }
  const lie = random.oneIn(6) ? 1 : 0;
  const payload = packr.pack(encodeFooter(blocks.slice(0, blocks.length - lie), events, "00".repeat(32)));
  const footer = craft(payload, { type: BlockType.footer, first: events }, random.oneIn(8));
  const linked = joined(file.subarray(-SUM_BYTES), footer.subarray(0, -SUM_BYTES));
  const end = encodeEnd(random.oneIn(20) ? random.below(2 ** 40) : file.length);
  return joined(file, linked.subarray(SUM_BYTES), checksum(linked), end);
}

function claimsOf(block: Uint8Array): { type: number; flags: number; count: number; stored: number; first: number } {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  return {
    type: view.getUint8(0),
    flags: view.getUint8(1),
    count: view.getUint16(2, true),
    stored: view.getUint32(4, true),
    first: view.getUint32(12, true),
  };
}
