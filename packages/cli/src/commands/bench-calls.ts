import { measureCalls } from "../bench/calls.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { count, grouped, secondsText } from "../render/counts.ts";
import { wrap } from "../render/wrap.ts";

export interface BenchCallsOptions {
  readonly operations: number;
}

/** `faultline bench calls`: system calls of a model process. */
export function benchCalls({ operations }: BenchCallsOptions, ui: Ui): ExitCode {
  ui.progress("system calls on the model");
  const measured = measureCalls(operations);
  ui.progress(undefined);
  const { profile, pages, seconds, cpuSeconds, operationsPerSecond, events } = measured;
  const text =
    `${count(measured.operations, "system call")} and touches on ${profile}, in a window of ${pages} pages, ` +
    `${events} steps each: ${secondsText(seconds)}, ${secondsText(cpuSeconds)} of processor time.`;
  ui.say([...wrap(text, ui.width), `${grouped(operationsPerSecond)} a second`].join("\n"));
  ui.json(measured);
  return 0;
}
