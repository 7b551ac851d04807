import { ERRNO, flagNames, type StepEvent, type Value } from "@faultline/mm";
import { signatureOf } from "./step-signatures.ts";
import { isFields, valueText } from "./value-text.ts";
import { printable } from "./wrap.ts";

/** What happened when a step ran. */
export interface StepOutcome {
  readonly status: "done" | "stopped";
  readonly result: Value;
}

const errnoNames: ReadonlyMap<number, string> = new Map(Object.entries(ERRNO).map(([name, value]) => [value, name]));

/** `vma_find(mm:0, 0x10000000, 0x10001000)`. */
export function callText({ op, args }: Pick<StepEvent, "op" | "args">): string {
  const kinds = signatureOf(op).args;
  return `${printable(op)}(${args.map((value, i) => argumentText(value, kinds[i])).join(", ")})`;
}

/** The call with the choice it made and its result: `vm_area_alloc(…) [reuse] = vma:0#2`. */
export function stepText(event: StepEvent, outcome: StepOutcome): string {
  const choice = event.choice === undefined ? "" : ` [${printable(event.choice)}]`;
  return callText(event) + choice + outcomeText(event.op, outcome);
}

/** ` = -EBUSY`, or nothing where the kernel's function returns nothing. */
export function outcomeText(op: string, { status, result }: StepOutcome): string {
  if (status === "stopped") return " -- BUG, the task ends here";
  const kind = signatureOf(op).result;
  switch (kind) {
    case "void":
      return "";
    case "locked":
      return result === false ? " queued" : "";
    case "last":
      return result === true ? " was the last" : "";
    case "ptr":
      return ` = ${result === null ? "NULL" : valueText(result)}`;
    case "errno":
      return ` = ${typeof result === "number" ? errnoText(result) : valueText(result)}`;
    case "mm":
    case "binder":
      return ` = ${kind}:${valueText(result)}`;
    case "flags":
      return ` = ${typeof result === "number" ? flagNames(result) : valueText(result)}`;
    default:
      return result === null ? "" : ` = ${valueText(result)}`;
  }
}

/** `-EBUSY`, or the number. */
export function errnoText(value: number): string {
  const name = errnoNames.get(value);
  return name === undefined ? String(value) : `-${name}`;
}

function argumentText(value: Value, kind: string | undefined): string {
  switch (kind) {
    case "mm":
    case "binder":
      return `${kind}:${valueText(value)}`;
    case "flags":
      return typeof value === "number" ? flagNames(value) : valueText(value);
    case "write":
      return value === true ? "write" : "read";
    case "driver":
      return isFields(value) ? Object.values(value).map(valueText).join(" ") : "core";
    default:
      return value === null ? "NULL" : valueText(value);
  }
}
