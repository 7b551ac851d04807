import type { Snapshot } from "@faultline/mm";
import { asCount, asHash, asTuple } from "./schema.ts";
import { decodeState, encodeHash, encodeState, type StoredState } from "./state-payload.ts";

/** A keyframe holds a state, or says that it is the same as at an earlier keyframe (0: the initial state). */
export type DecodedKeyframe = StoredState | { readonly hash: string; readonly sameAs: number };

export function encodeKeyframe(hash: string, state: Snapshot): unknown {
  return [encodeHash(hash), encodeState(state)];
}

export function encodeSameKeyframe(hash: string, sameAs: number): unknown {
  return [encodeHash(hash), sameAs];
}

/** @param event the keyframe's place: events before it */
export function decodeKeyframe(payload: unknown, event: number): DecodedKeyframe {
  const [hash, content] = asTuple(payload, 2, "a keyframe");
  if (typeof content === "number") {
    return { hash: asHash(hash, "a keyframe's hash"), sameAs: asCount(content, event - 1, "an earlier keyframe") };
  }
  return decodeState(hash, content, `the keyframe after ${event} events`);
}
