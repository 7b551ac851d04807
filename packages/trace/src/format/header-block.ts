import type { Snapshot, Value } from "@faultline/mm";
import { checkValue, packable } from "./plain-value.ts";
import { asMap, asText, asTuple } from "./schema.ts";
import { digestOf } from "./state-digest.ts";
import { decodeState, encodeHash, encodeState, type StoredState } from "./state-payload.ts";

/**
 * What a trace says about itself. By convention `meta` has, where they apply: `scenario`, `variant`, `profile`,
 * `knobs` (a map), `threads` (names, task 0 first), `source` (of an import), `clock` (`ns`, `us` or `counter`).
 */
export interface TraceInfo {
  /** The program that wrote the trace, with its version. */
  readonly producer: string;
  readonly meta: Readonly<Record<string, Value>>;
}

export interface DecodedHeader {
  readonly info: TraceInfo;
  readonly initial: StoredState;
}

/** @throws TraceError E_TRACE_VALUE for metadata or a state that a trace cannot hold */
export function encodeHeader(info: TraceInfo, initial: Snapshot): unknown {
  checkValue([info.producer, info.meta], "the metadata");
  return [info.producer, packable(info.meta), encodeHash(digestOf(initial)), encodeState(initial)];
}

export function decodeHeader(payload: unknown): DecodedHeader {
  const [producer, meta, hash, entries] = asTuple(payload, 4, "the header");
  return {
    info: { producer: asText(producer, "the producer"), meta: asMap(meta, "the metadata") },
    initial: decodeState(hash, entries, "the initial state"),
  };
}
