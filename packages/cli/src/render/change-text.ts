import { canonical, flagNames, type Ref, type Value } from "@faultline/mm";
import { isFields, isList, isPointer, type NameOf, rangeText, valueText } from "./value-text.ts";
import { printable } from "./wrap.ts";

/** A component that a step changed. */
export interface Change {
  readonly ref: Ref;
  readonly before: Value;
  readonly after: Value;
}

/** What a component holds, where its values alone do not show it. */
const HOLDS_TASK: ReadonlySet<string> = new Set(["lock:#", "mm:#/mmap_lock/writer", "rwsem:#/writer"]);
const HOLDS_FLAGS: ReadonlySet<string> = new Set(["vma:#/flags"]);
const HOLDS_VMAS: ReadonlySet<string> = new Set(["mm:#/vma_write_locked"]);
/** Fields that hold a task's number. */
const TASK_FIELDS: ReadonlySet<string> = new Set(["by", "task"]);

/** Components that repeat what others say, or what the report marks anyway. */
const REPEATS: ReadonlySet<string> = new Set(["task:#/held", "task:#/violations", "slab/vma", "slab/page"]);

/** Whether a change is worth a line beside its step. */
export function isTelling({ ref }: Change): boolean {
  return !REPEATS.has(ref.kind.template);
}

/** `vma:0 state attached → detached, by none → munmap`: what changed, as short as it can be said. */
export function changeText({ ref, before, after }: Change, nameOf: NameOf): string {
  return `${printable(ref.key)} ${difference(ref, before, after, nameOf)}`;
}

/** A component's whole value. */
export function componentText(ref: Ref, value: Value, nameOf: NameOf): string {
  const { template } = ref.kind;
  if (HOLDS_TASK.has(template) && typeof value === "number") return nameOf(value);
  if (HOLDS_FLAGS.has(template) && typeof value === "number") return flagNames(value);
  if (HOLDS_VMAS.has(template) && isList(value)) return `[${value.map(vmaNumber).join(", ")}]`;
  if (!isFields(value) || isPointer(value)) return valueText(value);
  if (template === "vma:#") return vmaText(value);
  if (template === "page:#") return pageText(value);
  return Object.entries(value)
    .map(([name, part]) => `${printable(name)} ${fieldText(name, part, nameOf)}`)
    .join(", ");
}

function difference(ref: Ref, before: Value, after: Value, nameOf: NameOf): string {
  if (isList(before) && isList(after)) {
    return listDifference(before, after, HOLDS_VMAS.has(ref.kind.template) ? vmaNumber : valueText);
  }
  if (isFields(before) && isFields(after) && !isPointer(before)) {
    const whole = before["gen"] !== after["gen"] || before["state"] === "free" || after["state"] === "free";
    if (!whole || before["state"] === undefined) return fieldsDifference(before, after, nameOf);
  }
  return `${componentText(ref, before, nameOf)} → ${componentText(ref, after, nameOf)}`;
}

function listDifference(before: readonly Value[], after: readonly Value[], text: (item: Value) => string): string {
  const [was, is] = [before.map(canonical), after.map(canonical)];
  const gone = before.filter((_, i) => !is.includes(was[i]!)).map((item) => `-${text(item)}`);
  const come = after.filter((_, i) => !was.includes(is[i]!)).map((item) => `+${text(item)}`);
  const both = [...gone, ...come].join(" ");
  return both === "" ? `${valueText(before)} → ${valueText(after)}` : both;
}

function fieldsDifference(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  nameOf: NameOf,
): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => canonical(before[name] ?? null) !== canonical(after[name] ?? null))
    .map((name) => {
      const [was, is] = [before[name] ?? null, after[name] ?? null];
      if (isFields(was) && isFields(is)) return countsDifference(was, is);
      return `${printable(name)} ${fieldText(name, was, nameOf)} → ${fieldText(name, is, nameOf)}`;
    })
    .join(", ");
}

/** A table of counts by holder: `-task2 +binder0.0`. */
function countsDifference(before: Readonly<Record<string, Value>>, after: Readonly<Record<string, Value>>): string {
  const count = (table: Readonly<Record<string, Value>>, name: string): Value => table[name] ?? 0;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => canonical(count(before, name)) !== canonical(count(after, name)))
    .map((name) => {
      const [was, is] = [count(before, name), count(after, name)];
      if (was === 0) return is === 1 ? `+${printable(name)}` : `+${printable(name)} ${valueText(is)}`;
      if (is === 0) return `-${printable(name)}`;
      return `${printable(name)} ${valueText(was)} → ${valueText(is)}`;
    })
    .join(" ");
}

function fieldText(name: string, value: Value, nameOf: NameOf): string {
  return TASK_FIELDS.has(name) && typeof value === "number" ? nameOf(value) : valueText(value);
}

function vmaNumber(slot: Value): string {
  return `vma:${valueText(slot)}`;
}

function pageText({ gen, state, refs }: Readonly<Record<string, Value>>): string {
  if (state === "free") return "free";
  const holders = countsDifference({}, isFields(refs ?? null) ? (refs as Readonly<Record<string, Value>>) : {});
  return `#${valueText(gen ?? null)} ${valueText(state ?? null)} ${holders}`;
}

function vmaText(vma: Readonly<Record<string, Value>>): string {
  const { gen, state, start, end, ops, owner } = vma;
  if (state === "free") return "free";
  const range = typeof start === "number" && typeof end === "number" ? ` ${rangeText(start, end)}` : "";
  const driver = ops === "" || ops === undefined ? "" : ` ${valueText(ops)} ${valueText(owner ?? "")}`;
  return `#${valueText(gen ?? null)} ${valueText(state ?? null)}${range}${driver}`;
}
