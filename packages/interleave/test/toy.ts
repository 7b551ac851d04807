import { createMachine, type EndRule, type Machine, Snapshot, type StateRule, type Steps } from "@faultline/mm";
import { kernelMachine, taskCount, type Ref, type Value } from "@faultline/mm";
import type { Program } from "../src/index.ts";

/** A program over the kernel's own steps, each thread given as a function. */
export function program(
  threads: readonly (() => Steps<unknown>)[],
  options: {
    readonly daemons?: readonly number[];
    readonly stateRules?: readonly StateRule[];
    readonly endRules?: readonly EndRule[];
    readonly initial?: readonly (readonly [Ref, Value])[];
  } = {},
): Program {
  const machine: Machine = createMachine({
    steps: kernelMachine.steps.values(),
    stateRules: options.stateRules ?? [],
    endRules: options.endRules ?? [],
    names: kernelMachine.names,
  });
  return {
    machine,
    initial: Snapshot.empty.with(new Map<Ref, Value>([[taskCount, threads.length + 1], ...(options.initial ?? [])])),
    threads: threads.map((start, i) => ({
      task: i + 1,
      name: `t${i + 1}`,
      start,
      daemon: options.daemons?.includes(i + 1) ?? false,
    })),
  };
}
