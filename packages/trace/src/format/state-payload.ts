import { Snapshot, type Value, ValueError } from "@faultline/mm";
import { TraceError } from "../trace-error.ts";
import { checkValue, packable } from "./plain-value.ts";
import { asHash, asList, asText, asTuple, asValue, malformed } from "./schema.ts";
import { digestOfPlain, type PlainState } from "./state-digest.ts";

/** A state that a file holds, with its hash. */
export interface StoredState {
  readonly hash: string;
  readonly plain: PlainState;
}

/** @throws TraceError E_TRACE_VALUE for a state that would not come back as it is */
export function encodeState(state: Snapshot): unknown {
  return state.toPlain().map(([key, value]) => {
    checkValue([key, value], `the component ${key}`);
    return [key, packable(value)];
  });
}

export function encodeHash(hash: string): Uint8Array {
  return Buffer.from(hash, "hex");
}

/**
 * A state and the hash that was stored beside it, which must be its own.
 * @throws TraceError
 */
export function decodeState(hash: unknown, entries: unknown, what: string): StoredState {
  let last: string | undefined;
  const plain = asList(entries, what).map((entry): readonly [string, Value] => {
    const [name, value] = asTuple(entry, 2, `a component of ${what}`);
    const key = asText(name, `a component's key in ${what}`);
    if (last !== undefined && key <= last) throw malformed(`the components of ${what} are not in order`);
    last = key;
    return [key, asValue(value, `the component ${key}`)];
  });
  const stored = { hash: asHash(hash, `the hash of ${what}`), plain };
  if (digestOfPlain(plain) !== stored.hash) throw malformed(`${what} does not have the hash that stands beside it`);
  return stored;
}

/**
 * The state as the model of this process understands it.
 * @throws TraceError E_TRACE_MODEL when it names components that this model does not have
 */
export function reviveState(stored: StoredState, what: string): Snapshot {
  const state = revive(stored.plain, what);
  // The hash was found right when it was read: it is another only if a component went missing.
  if (state.size === stored.plain.length) return state;
  throw new TraceError(
    "E_TRACE_MODEL",
    `${what} means something else to this version: a component's initial value changed since the trace was recorded. ` +
      `Replay it with the version that recorded it.`,
  );
}

function revive(plain: PlainState, what: string): Snapshot {
  try {
    return Snapshot.fromPlain(plain);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new TraceError(
      "E_TRACE_MODEL",
      `${what} cannot be understood: ${error.message}. The trace was recorded by another program or version: ` +
        `replay it with that one, or load the drivers it needs.`,
      error,
    );
  }
}
