import { type StepEvent, hex } from "@faultline/mm";
import { type Comparison } from "./compare-runs.ts";
import { stepsOfLast } from "./differential.ts";
import type { LiveKernel } from "./live-kernel.ts";
import { runBoth, shrink } from "./shrink.ts";

/** A list on which kernel and model differ, made small, with both sides and what the model did last. */
export function reportDifference(kernel: LiveKernel, found: readonly string[]): readonly string[] {
  const differ = (some: readonly string[]): boolean => runBoth(kernel, some).first !== null;
  const small = shrink(found, differ);
  const { first } = runBoth(kernel, small);
  // A difference that does not come again is the kernel's own nondeterminism, or the machine's.
  if (first === null) return ["a difference that did not come again:", ...found.map((line) => `  ${line}`)];
  const lines = small.slice(0, first.at + 1);
  return [
    "kernel and model differ after:",
    ...lines.map((line) => `  ${line}`),
    ...sides(first, kernel),
    `what ${kernel.profile} does there:`,
    ...stepsOfLast(kernel, lines).map((event) => `  ${stepText(event)}`),
  ];
}

function sides({ difference }: NonNullable<Comparison["first"]>, kernel: LiveKernel): readonly string[] {
  return [
    `${difference.field} differs in operation ${difference.i}, ${difference.op}:`,
    `  kernel ${kernel.release}: ${difference.expected}`,
    `  model ${kernel.profile}: ${difference.got}`,
  ];
}

const LARGE = 0x10000;

function stepText({ op, args, choice }: StepEvent): string {
  const spelled = args.map((arg) => (typeof arg === "number" && arg >= LARGE ? hex(arg) : JSON.stringify(arg)));
  return `${op}(${spelled.join(", ")})${choice === undefined ? "" : ` [${choice}]`}`;
}
