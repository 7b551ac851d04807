import { createHash } from "node:crypto";
import { canonical, type Snapshot, type Value } from "@faultline/mm";

/** A state as a file holds it: components that differ from their initial value, ascending by key. */
export type PlainState = readonly (readonly [key: string, value: Value])[];

/** The same digits as mm's stateHash, from Node's native SHA-256: a replay hashes at every keyframe. */
export function digestOf(state: Pick<Snapshot, "encode">): string {
  return sha256(state.encode());
}

/** {@link digestOf} for a state that the present model may not know. */
export function digestOfPlain(state: PlainState): string {
  return sha256(state.map(([key, value]) => `${key} ${canonical(value)}\n`).join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
