import type { BlockEntry } from "../format/footer-block.ts";
import { BlockFlag, BlockType, isReadable } from "../format/frame.ts";
import type { FormatVersion } from "../format/preamble.ts";
import { malformed } from "../format/schema.ts";
import type { TraceError } from "../trace-error.ts";

/** What a trace consists of, before its payloads are looked at. */
export interface TraceLayout {
  readonly version: FormatVersion;
  /** The blocks before the footer, header first. */
  readonly blocks: readonly BlockEntry[];
  /** Events in whole blocks. */
  readonly events: number;
  /** Undefined when the footer is missing. */
  readonly finalHash: string | undefined;
  /** Why the trace ends before its writer finished it; undefined when it does not. */
  readonly truncation: TraceError | undefined;
}

/**
 * Requires that blocks come in an order that a writer writes: a header, then events, and keyframes between them.
 * @throws TraceError
 */
export function checkOrder(blocks: readonly BlockEntry[]): void {
  if (blocks.length === 0) throw malformed("the trace has no header");
  let lastKeyframe = 0;
  let tables = false;
  blocks.forEach(({ type, flags, first, count }, i) => {
    if (!isReadable(type)) throw malformed(`block ${i} is of type ${type}, which this version does not know`);
    if ((type === BlockType.header) !== (i === 0)) throw malformed(`block ${i} is of type ${type}`);
    if (type === BlockType.footer) throw malformed(`block ${i} is a footer, and blocks follow it`);
    if (type === BlockType.keyframe) {
      if (first <= lastKeyframe) throw malformed(`there are two keyframes after ${first} events`);
      lastKeyframe = first;
    }
    if (type === BlockType.events) {
      tables ||= (flags & BlockFlag.tablesBegin) !== 0;
      if (!tables || count === 0) throw malformed(`block ${i} continues tables that do not exist`);
    } else if (count !== 0) throw malformed(`block ${i} of type ${type} has events`);
  });
}
