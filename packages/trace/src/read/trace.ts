import type { Snapshot } from "@faultline/mm";
import { EventBlock } from "../format/event-block.ts";
import { EventTables } from "../format/event-tables.ts";
import type { BlockEntry } from "../format/footer-block.ts";
import { BlockFlag, BlockType } from "../format/frame.ts";
import { type DecodedHeader, decodeHeader, type TraceInfo } from "../format/header-block.ts";
import { decodeKeyframe } from "../format/keyframe-block.ts";
import { MAX_GROUP_BYTES, MAX_GROUP_ITEMS } from "../format/limits.ts";
import type { FormatVersion } from "../format/preamble.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { malformed } from "../format/schema.ts";
import { reviveState, type StoredState } from "../format/state-payload.ts";
import { TraceError } from "../trace-error.ts";
import type { ByteSource } from "./byte-source.ts";
import { loadBlock } from "./load-block.ts";
import type { TraceLayout } from "./trace-layout.ts";

/**
 * A trace that passed the gate. Blocks are opened as they are needed and not kept, so memory does not grow with the
 * trace. Any method may throw TraceError when a block turns out not to be what its writer wrote; what it returns
 * before that is what was written.
 */
export class Trace {
  readonly version: FormatVersion;
  readonly info: TraceInfo;
  /** Events in whole blocks. They are numbered from 0. */
  readonly events: number;
  /** Hash of the state after the last event; undefined when the trace was cut. */
  readonly finalHash: string | undefined;
  /** Says why and where the trace was cut; undefined when it is whole. */
  readonly truncation: TraceError | undefined;
  /** Where states are kept: numbers of events before them, ascending, from 0 (the initial state). */
  readonly keyframes: readonly number[];
  readonly #source: ByteSource;
  readonly #header: DecodedHeader;
  readonly #eventBlocks: readonly BlockEntry[];
  readonly #keyframeBlocks: ReadonlyMap<number, BlockEntry>;

  /** Use `decodeTrace` or `openTrace`. */
  constructor(source: ByteSource, layout: TraceLayout) {
    this.#source = source;
    const { blocks } = layout;
    this.#header = decodeHeader(loadBlock(source, blocks[0]!).payload);
    this.version = layout.version;
    this.info = this.#header.info;
    this.events = layout.events;
    this.finalHash = layout.finalHash;
    this.truncation = layout.truncation;
    this.#eventBlocks = blocks.filter(({ type }) => type === BlockType.events);
    const keyframes = blocks.filter(({ type }) => type === BlockType.keyframe);
    this.#keyframeBlocks = new Map(keyframes.map((block) => [block.first, block]));
    this.keyframes = [0, ...keyframes.map(({ first }) => first)];
  }

  /** Hash of the state before the first event. */
  get initialHash(): string {
    return this.#header.initial.hash;
  }

  /** The state kept at a keyframe, as recorded: plain data that need not mean anything to the present model. */
  storedState(keyframe: number): StoredState {
    if (keyframe === 0) return this.#header.initial;
    const block = this.#keyframeBlocks.get(keyframe);
    if (block === undefined) throw new TraceError("E_TRACE_RANGE", `there is no keyframe after ${keyframe} events.`);
    const stored = decodeKeyframe(loadBlock(this.#source, block).payload, keyframe);
    if (keyframe === this.events && this.finalHash !== undefined && stored.hash !== this.finalHash) {
      throw malformed("the footer and the last keyframe give different hashes for the final state");
    }
    if (!("sameAs" in stored)) return stored;
    const { sameAs, hash } = stored;
    const original = sameAs === 0 ? this.#header.initial : this.#original(sameAs);
    if (original.hash !== hash) throw malformed(`the keyframe after ${keyframe} events refers to another state`);
    return original;
  }

  /**
   * The state kept at a keyframe.
   * @throws TraceError E_TRACE_MODEL when the present model cannot understand it
   */
  stateAtKeyframe(keyframe: number): Snapshot {
    const what = keyframe === 0 ? "the initial state" : `the state after ${keyframe} events`;
    return reviveState(this.storedState(keyframe), what);
  }

  /** The last keyframe at or before this number of events. */
  keyframeBefore(events: number): number {
    return this.keyframes[lastAtOrBefore(this.keyframes.length, (i) => this.keyframes[i]! <= events)]!;
  }

  /**
   * The blocks that hold events from `from` up to but not including `to`; the first and last may hold others too.
   * Each is good until the next is asked for.
   * @throws TraceError E_TRACE_RANGE
   */
  *blocks(from = 0, to: number = this.events): Generator<EventBlock> {
    requireRange(from, to, this.events);
    if (from === to) return;
    const blocks = this.#eventBlocks;
    const wanted = lastAtOrBefore(blocks.length, (i) => blocks[i]!.first <= from);
    let at = wanted;
    while (at > 0 && (blocks[at]!.flags & BlockFlag.tablesBegin) === 0) at--;
    const tables = new EventTables();
    let bytes = 0;
    let items = 0;
    for (; at < blocks.length && blocks[at]!.first < to; at++) {
      const entry = blocks[at]!;
      if ((entry.flags & BlockFlag.tablesBegin) !== 0) {
        tables.clear();
        bytes = items = 0;
      }
      const opened = loadBlock(this.#source, entry);
      bytes += opened.bytes;
      items += opened.items;
      if (bytes > MAX_GROUP_BYTES || items > MAX_GROUP_ITEMS) {
        throw new TraceError("E_TRACE_LIMIT", "the trace's tables are larger than any that Faultline writes.");
      }
      const block = new EventBlock(entry.first, entry.count, opened.payload, tables);
      if (at >= wanted) yield block;
    }
  }

  /** The events from `from` up to but not including `to`, in order. */
  recorded(from = 0, to: number = this.events): IterableIterator<RecordedEvent> {
    return new RecordedEvents(this.blocks(from, to), from, to);
  }

  /** @throws TraceError E_TRACE_RANGE when there is no such event */
  event(number: number): RecordedEvent {
    for (const recorded of this.recorded(number, number + 1)) return recorded;
    throw noSuch(number, this.events);
  }

  /** Lets go of the file. */
  close(): void {
    this.#source.close();
  }

  #original(keyframe: number): StoredState {
    const block = this.#keyframeBlocks.get(keyframe);
    const stored = block && decodeKeyframe(loadBlock(this.#source, block).payload, keyframe);
    if (stored === undefined || "sameAs" in stored)
      throw malformed(`a keyframe refers to one after ${keyframe} events`);
    return stored;
  }
}

/** Events block by block. A generator would take a tenth of the time that it takes to decode them. */
class RecordedEvents implements IterableIterator<RecordedEvent> {
  readonly #blocks: Generator<EventBlock>;
  readonly #from: number;
  readonly #to: number;
  #block: EventBlock | undefined;
  #at = 0;
  #end = 0;

  constructor(blocks: Generator<EventBlock>, from: number, to: number) {
    this.#blocks = blocks;
    this.#from = from;
    this.#to = to;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<RecordedEvent, undefined> {
    while (this.#at >= this.#end) {
      const turn = this.#blocks.next();
      if (turn.done === true) return { done: true, value: undefined };
      const block = turn.value;
      this.#block = block;
      this.#at = Math.max(0, this.#from - block.first);
      this.#end = Math.min(block.count, this.#to - block.first);
    }
    return { done: false, value: this.#block!.at(this.#at++) };
  }
}

function requireRange(from: number, to: number, events: number): void {
  for (const number of [from, to]) {
    if (!Number.isSafeInteger(number) || number < 0 || number > events) throw noSuch(from, events);
  }
  if (from > to) throw noSuch(from, to);
}

function noSuch(number: number, events: number): TraceError {
  return new TraceError("E_TRACE_RANGE", `there is no event ${number}: there are ${events}, numbered from 0.`);
}

/** The greatest i below `length` for which this holds, given that it holds for 0 and never again once it fails. */
function lastAtOrBefore(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
