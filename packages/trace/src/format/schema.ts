import type { Value } from "@faultline/mm";
import { TraceError } from "../trace-error.ts";

// What unpacked data must be. Each returns its argument with the type it was found to have.

export function malformed(what: string): TraceError {
  return new TraceError(
    "E_TRACE_FORMAT",
    `${what}. The checksum is right, so the program that wrote the trace is at fault, or someone made it up.`,
  );
}

/** A list with at least so many elements: later minor versions may add some at the end. */
export function asTuple(data: unknown, length: number, what: string): readonly unknown[] {
  const list = asList(data, what);
  if (list.length < length) throw malformed(`${what} has ${list.length} parts instead of ${length}`);
  return list;
}

export function asList(data: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(data)) throw malformed(`${what} is not a list`);
  return data as readonly unknown[];
}

export function asText(data: unknown, what: string): string {
  if (typeof data !== "string") throw malformed(`${what} is not text`);
  return data;
}

export function asBytes(data: unknown, what: string): Uint8Array {
  if (!(data instanceof Uint8Array)) throw malformed(`${what} is not a byte string`);
  return data;
}

/** An integer from 0 to `max`, inclusive. */
export function asCount(data: unknown, max: number, what: string): number {
  if (typeof data !== "number" || !Number.isSafeInteger(data) || data < 0 || data > max) {
    throw malformed(`${what} is not a number from 0 to ${max}`);
  }
  return data;
}

/** A hash: 32 bytes, as 64 hex digits. */
export function asHash(data: unknown, what: string): string {
  const bytes = asBytes(data, what);
  if (bytes.length !== 32) throw malformed(`${what} has ${bytes.length} bytes instead of 32`);
  return Buffer.from(bytes).toString("hex");
}

/** A plain value. The scan before has bounded its depth. */
export function asValue(data: unknown, what: string): Value {
  requirePlain(data, what);
  return data as Value;
}

export function asMap(data: unknown, what: string): Readonly<Record<string, Value>> {
  if (typeof data !== "object" || data === null || Array.isArray(data) || data instanceof Uint8Array) {
    throw malformed(`${what} is not a map`);
  }
  requirePlain(data, what);
  return data as Readonly<Record<string, Value>>;
}

function requirePlain(data: unknown, what: string): void {
  if (data === null || typeof data === "boolean" || typeof data === "string") return;
  if (typeof data === "number" && Number.isSafeInteger(data)) return;
  if (typeof data !== "object" || data instanceof Uint8Array) throw malformed(`${what} is not plain data`);
  for (const part of Object.values(data)) requirePlain(part, what);
}
