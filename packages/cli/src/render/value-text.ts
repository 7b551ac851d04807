import { type Value } from "@faultline/mm";
import { printable } from "./wrap.ts";

/** What a task is called. */
export type NameOf = (task: number) => string;

type Fields = Readonly<Record<string, Value>>;

/** From here on a number is an address or a length, and written in hex. */
const LEAST_ADDRESS = 0x1000;

/** A value as a kernel developer would write it: `vma:0#1`, `0x10000000`, `page:2#1 (ro)`. */
export function valueText(value: Value): string {
  switch (typeof value) {
    case "string":
      return value === "" ? '""' : printable(value);
    case "boolean":
      return String(value);
    case "number":
      return numberText(value);
    default:
      if (value === null) return "none";
      return isList(value) ? `[${value.map(valueText).join(", ")}]` : fieldsText(value);
  }
}

/** Small numbers in decimal, addresses and lengths in hex. */
export function numberText(value: number): string {
  return value >= LEAST_ADDRESS ? `0x${value.toString(16)}` : String(value);
}

/** `0x1000-0x2000`: from the first byte to the one after the last, as /proc/PID/maps has it. */
export function rangeText(start: number, end: number): string {
  return `0x${start.toString(16)}-0x${end.toString(16)}`;
}

/** Whether the value points to an object: slot and generation, perhaps with more. */
export function isPointer(value: Value): boolean {
  return isFields(value) && typeof value["gen"] === "number" && ("vma" in value || "page" in value);
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether the value has named parts. */
export function isFields(value: Value): value is Fields {
  return typeof value === "object" && value !== null && !isList(value);
}

function fieldsText(fields: Fields): string {
  const { vma, page, gen, start, end, write, alloc, index, lock, task, mode } = fields;
  const range = typeof start === "number" && typeof end === "number" ? rangeText(start, end) : undefined;
  if (typeof vma === "number" && typeof gen === "number") {
    return range === undefined ? `vma:${vma}#${gen}` : `vma:${vma}#${gen} ${range}`;
  }
  if (typeof page === "number" && typeof gen === "number") {
    return typeof write === "boolean" ? `page:${page}#${gen} (${write ? "rw" : "ro"})` : `page:${page}#${gen}`;
  }
  if (typeof mode === "string" && typeof lock === "string") return `${printable(lock)} (${printable(mode)})`;
  if (typeof mode === "string" && typeof task === "number") return `task ${task} (${printable(mode)})`;
  if (typeof alloc === "number" && typeof index === "number") return `binder:${alloc}/page:${index}`;
  const rest = Object.entries(fields).filter(([name]) => range === undefined || (name !== "start" && name !== "end"));
  if (range !== undefined && rest.length === 0) return range;
  const named = rest.map(([name, value]) => `${printable(name)} ${valueText(value)}`);
  return `{${[...(range === undefined ? [] : [range]), ...named].join(", ")}}`;
}
