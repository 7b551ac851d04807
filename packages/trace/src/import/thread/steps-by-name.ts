import { kernelMachine, type Steps, type Value } from "@faultline/mm";

/** A step of the model by its kernel name, for procedures that the trace tells piece by piece. */
export function* step<R extends Value>(op: string, ...args: Value[]): Steps<R> {
  const found = kernelMachine.steps.get(op);
  if (found === undefined) throw new Error(`the model has no step ${op}`);
  return (yield { kind: "step", step: found, args }) as R;
}
