import { canonical, type Value, ValueError } from "@faultline/mm";
import { TraceError } from "../trace-error.ts";
import { MAX_DEPTH } from "./limits.ts";

// A payload's own lists stand around a value.
const MAX_VALUE_DEPTH = MAX_DEPTH - 8;

/**
 * Requires that a value comes back from a trace as it went in.
 * @returns the length of its canonical text, which bounds the room that it takes
 * @throws TraceError E_TRACE_VALUE for what is no {@link Value}, and for the few values that a file cannot hold
 */
export function checkValue(value: Value, what: string): number {
  return lengthOf(value, what, 0);
}

function lengthOf(value: Value, what: string, depth: number): number {
  if (typeof value === "string") return textLength(value, what);
  if (typeof value !== "object" || value === null || !isPlain(value)) return plainLength(value, what);
  if (depth >= MAX_VALUE_DEPTH) throw refused(what, `it nests deeper than ${MAX_VALUE_DEPTH}`);
  let length = 2;
  if (Array.isArray(value)) {
    for (const part of value as readonly Value[]) length += 1 + lengthOf(part, what, depth + 1);
  } else {
    for (const [key, part] of Object.entries(value as Readonly<Record<string, Value>>)) {
      if (key === "__proto__") throw refused(what, "it has a key __proto__");
      length += 2 + textLength(key, what) + lengthOf(part, what, depth + 1);
    }
  }
  // The last part has no comma.
  return length > 2 ? length - 1 : length;
}

function textLength(text: string, what: string): number {
  if (/\p{Surrogate}/u.test(text)) throw refused(what, "it holds half a surrogate pair, which UTF-8 cannot spell");
  return JSON.stringify(text).length;
}

/** Of what has no parts; refuses, with its own reasons, what is no value. */
function plainLength(value: Value, what: string): number {
  try {
    return canonical(value).length;
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new TraceError("E_TRACE_VALUE", `${what} cannot be recorded: ${error.message}.`, error);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function refused(what: string, why: string): TraceError {
  return new TraceError("E_TRACE_VALUE", `${what} cannot be recorded: ${why}.`);
}

/**
 * The value as the packer should see it: maps as Maps, because an object with a key such as `constructor` would be
 * taken for an instance of some class.
 */
export function packable(value: Value): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map(packable);
  return new Map(Object.entries(value as Record<string, Value>).map(([key, part]) => [key, packable(part)]));
}
