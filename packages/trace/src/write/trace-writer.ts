import type { Snapshot } from "@faultline/mm";
import { SUM_BYTES } from "../format/checksum.ts";
import { type BlockEntry, encodeFooter } from "../format/footer-block.ts";
import { BlockFlag, BlockType, FRAME_BYTES } from "../format/frame.ts";
import { encodeHeader, type TraceInfo } from "../format/header-block.ts";
import { encodeKeyframe, encodeSameKeyframe } from "../format/keyframe-block.ts";
import { MAX_BLOCK_EVENTS } from "../format/limits.ts";
import { encodeEnd, encodePreamble, PREAMBLE_BYTES } from "../format/preamble.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { digestOf } from "../format/state-digest.ts";
import { sealBlock } from "../format/wire.ts";
import { TraceError } from "../trace-error.ts";
import type { ByteSink } from "./byte-sink.ts";
import { EventBlockBuilder } from "./event-block-builder.ts";

export interface WriterOptions {
  /** Most events in a block, 1 to 65535: what a killed recorder can lose. Larger blocks are smaller files. */
  readonly blockEvents?: number;
  /**
   * Fewest events between two keyframes. A seek replays up to so many; a keyframe costs a copy of the state, so large
   * states get fewer: see {@link KEYFRAME_EVENTS_PER_COMPONENT}.
   */
  readonly keyframeEvents?: number;
}

const BLOCK_EVENTS = 16_384;
const KEYFRAME_EVENTS = 4096;

/** Fewest events, and keyframes, between two beginnings of the tables: a reader that starts at a keyframe looks at those before it. */
const TABLE_EVENTS = 8192;
const TABLE_KEYFRAMES = 2;

/** A state of n components is copied at most once in so many times n events: keyframes cost a bounded share. */
export const KEYFRAME_EVENTS_PER_COMPONENT = 4;

/** States that a later keyframe can refer to. */
const REMEMBERED_STATES = 256;

/**
 * Writes a trace, block by block. It knows nothing of the model: whoever appends events also says what the state is
 * when a keyframe is due.
 *
 * Every method throws TraceError: E_TRACE_VALUE for what a trace cannot hold (that event is then not in it, and one can
 * go on), E_TRACE_WRITE or E_TRACE_LIMIT when the trace cannot be continued; the sink has then been aborted.
 */
export class TraceWriter {
  readonly #sink: ByteSink;
  readonly #blockEvents: number;
  readonly #keyframeEvents: number;
  readonly #builder = new EventBlockBuilder();
  readonly #blocks: BlockEntry[] = [];
  /** Where full states are: their hash, and the event number. */
  readonly #states = new Map<string, number>();
  #previous: Uint8Array;
  #offset = PREAMBLE_BYTES;
  #events = 0;
  #lastKeyframe = 0;
  #tablesBegan = 0;
  #nextKeyframe: number;
  #closed = false;

  constructor(sink: ByteSink, info: TraceInfo, initial: Snapshot, options: WriterOptions = {}) {
    this.#sink = sink;
    this.#blockEvents = Math.min(Math.max(options.blockEvents ?? BLOCK_EVENTS, 1), MAX_BLOCK_EVENTS);
    this.#keyframeEvents = Math.max(options.keyframeEvents ?? KEYFRAME_EVENTS, 1);
    this.#nextKeyframe = this.#after(initial);
    this.#states.set(digestOf(initial), 0);
    const preamble = encodePreamble();
    this.#previous = preamble.subarray(-SUM_BYTES);
    this.#guard(() => {
      const payload = encodeHeader(info, initial);
      sink.write(preamble);
      this.#block({ type: BlockType.header, first: 0 }, payload);
    });
  }

  /** Events appended so far: the number that the next one gets. */
  get events(): number {
    return this.#events;
  }

  /** Whether {@link keyframe} should be called before the next event. */
  get keyframeDue(): boolean {
    return this.#events >= this.#nextKeyframe;
  }

  append(recorded: RecordedEvent): void {
    this.#requireOpen();
    this.#builder.append(recorded);
    this.#events++;
    if (this.#builder.count >= this.#blockEvents || this.#builder.full) this.flush();
  }

  /** Writes the events that wait for their block to fill. */
  flush(): void {
    this.#requireOpen();
    if (this.#builder.count === 0) return;
    this.#guard(() => {
      const { payload, count, tablesBegin } = this.#builder.take();
      const flags = tablesBegin ? BlockFlag.tablesBegin : 0;
      this.#block({ type: BlockType.events, flags, count, first: this.#events - count }, payload);
    });
  }

  /** Writes the state after the events so far, from which a reader can start. */
  keyframe(state: Snapshot): void {
    this.#requireOpen();
    if (this.#events === this.#lastKeyframe) return;
    this.flush();
    this.#guard(() => {
      const hash = digestOf(state);
      const sameAs = this.#states.get(hash);
      const payload = sameAs === undefined ? encodeKeyframe(hash, state) : encodeSameKeyframe(hash, sameAs);
      this.#block({ type: BlockType.keyframe, first: this.#events }, payload);
      if (sameAs === undefined && this.#states.size < REMEMBERED_STATES) this.#states.set(hash, this.#events);
    });
    if (this.#events - this.#tablesBegan >= Math.max(TABLE_EVENTS, TABLE_KEYFRAMES * this.#keyframeEvents)) {
      this.#builder.beginTables();
      this.#tablesBegan = this.#events;
    }
    this.#lastKeyframe = this.#events;
    this.#nextKeyframe = this.#after(state);
  }

  /** Completes the trace with the state after the last event. */
  finish(final: Snapshot): void {
    this.keyframe(final);
    this.#guard(() => {
      const footer = this.#offset;
      const payload = encodeFooter(this.#blocks, this.#events, digestOf(final));
      this.#block({ type: BlockType.footer, first: this.#events }, payload);
      this.#sink.write(encodeEnd(footer));
      this.#sink.commit();
    });
    this.#closed = true;
  }

  /** Gives up. With a file sink nothing remains; with a live one, the blocks written so far. */
  abort(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.abort();
  }

  #after(state: Snapshot): number {
    return this.#events + Math.max(this.#keyframeEvents, KEYFRAME_EVENTS_PER_COMPONENT * state.size);
  }

  #block(place: { type: number; flags?: number; count?: number; first: number }, payload: unknown): void {
    const { bytes, sum } = sealBlock(place, payload, this.#previous);
    this.#sink.write(bytes);
    this.#blocks.push({
      offset: this.#offset,
      type: place.type,
      flags: bytes[1]!,
      count: place.count ?? 0,
      stored: bytes.length - FRAME_BYTES - SUM_BYTES,
      first: place.first,
      sum,
    });
    this.#previous = sum;
    this.#offset += bytes.length;
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.abort();
      throw error instanceof TraceError
        ? error
        : new TraceError(
            "E_TRACE_WRITE",
            `cannot write the trace: ${error instanceof Error ? error.message : String(error)}.`,
            error,
          );
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new TraceError("E_TRACE_WRITE", "the trace is finished or given up: nothing can be added.");
  }
}
