import { canonical, type Value, ValueError } from "@faultline/mm";
import { TraceError } from "../trace-error.ts";
import { MAX_DEPTH } from "./limits.ts";

// A payload's own lists stand around a value.
const MAX_VALUE_DEPTH = MAX_DEPTH - 8;

/**
 * Requires that a value comes back from a trace as it went in.
 * @returns its canonical text, whose length bounds the room that it takes
 * @throws TraceError E_TRACE_VALUE for what is no {@link Value}, and for the few values that a file cannot hold
 */
export function checkValue(value: Value, what: string): string {
  requireStorable(value, what, 0);
  try {
    return canonical(value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new TraceError("E_TRACE_VALUE", `${what} cannot be recorded: ${error.message}.`, error);
  }
}

function requireStorable(value: unknown, what: string, depth: number): void {
  if (typeof value === "string") requireText(value, what);
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_VALUE_DEPTH) throw refused(what, `it nests deeper than ${MAX_VALUE_DEPTH}`);
  if (!Array.isArray(value)) {
    for (const key of Object.keys(value)) {
      requireText(key, what);
      if (key === "__proto__") throw refused(what, "it has a key __proto__");
    }
  }
  for (const part of Object.values(value)) requireStorable(part, what, depth + 1);
}

function requireText(text: string, what: string): void {
  if (/\p{Surrogate}/u.test(text)) throw refused(what, "it holds half a surrogate pair, which UTF-8 cannot spell");
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
