import fc from "fast-check";
import type { StepEvent, Value } from "../../src/index.ts";
import { handleTypes, type KindName, kinds } from "./kinds.ts";
import { parameters } from "./parameters.ts";

/** Tasks 1 and 2 of the world; task 0 set it up. */
const task = fc.constantFrom(1, 2);

/** This step, by some task, with arguments of the right types. Its choice, where it has one, is the first. */
export function hostileCall(op: string): fc.Arbitrary<StepEvent> {
  const list = parameters[op];
  if (list === undefined) throw new Error(`test/hostile/parameters.ts says nothing of the step ${op}`);
  const each = list === "" ? [] : list.split(" ").map((kind) => kinds[kind as KindName] as fc.Arbitrary<Value>);
  const args = fc.tuple(...each);
  const all = op === "rust_handle_new" ? fc.tuple(handleTypes, args).map(([type, rest]) => [...type, ...rest]) : args;
  return fc.record({ task, op: fc.constant(op), args: all });
}

/** Any step. */
export const anyCall: fc.Arbitrary<StepEvent> = fc.constantFrom(...Object.keys(parameters)).chain(hostileCall);
