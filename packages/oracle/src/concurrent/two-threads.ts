import type { Program, Thread } from "@faultline/interleave";
import {
  type Kernel,
  type Machine as StepMachine,
  type Steps,
  type Ref,
  type Snapshot,
  task,
  taskCount,
  Table,
  type Value,
} from "@faultline/mm";
import type { Operation } from "../list/operation.ts";
import { parseOperations } from "../list/parse-operations.ts";
import { callSteps, NoCallError, wordOf } from "../process/call-steps.ts";
import { ModelProcess } from "../process/model-process.ts";
import type { ConcurrentResult } from "./concurrent-result.ts";
import { noteReturn, resultMachine, resultOf } from "./result-steps.ts";

/** What two threads of one process do, and what was there before. */
export type TwoLists = {
  readonly setup: readonly Operation[];
  readonly a: readonly Operation[];
  readonly b: readonly Operation[];
};

/** Parses three lists. @throws OperationError */
export function twoLists(texts: { readonly setup: string; readonly a: string; readonly b: string }): TwoLists {
  return { setup: parseOperations(texts.setup), a: parseOperations(texts.a), b: parseOperations(texts.b) };
}

/** Tasks: 1 and 2 are the threads, those after them children of forks. */
const FIRST_CHILD = 3;

/** A program for the explorer, of which every run ends with a result. */
export type TwoThreads = { readonly program: Program; readonly resultOf: (end: Snapshot) => ConcurrentResult };

/** The threads as a program. @throws NoCallError for what a thread cannot do; ProfileError */
export function twoThreadProgram({ setup, a, b }: TwoLists, profile: string): TwoThreads {
  for (const { op, line } of [...a, ...b]) if (op === "forkcont" || op === "reset") throw new NoCallError(op, line);
  for (const { op, line } of setup) if (op === "forkcont") throw new NoCallError(op, line);
  const all = [...setup, ...a, ...b];
  const disk = all.some((one) => "fd" in one && typeof one.fd === "string" && one.fd.startsWith("f"));
  const process = new ModelProcess({ profile, state: false, disk, knobs: { zapBreaks: true } });
  for (const operation of setup) process.run(operation);
  const { kernel, files, mm, names } = process;
  const forks = [...a, ...b].filter(({ op }) => op === "fork").length;
  const table: Table = process.table;
  table.apply(
    new Map<Ref, Value>([
      [taskCount, FIRST_CHILD + forks],
      [task.of(1), { name: "A", mm }],
      [task.of(2), { name: "B", mm }],
    ]),
  );
  const machine: StepMachine = resultMachine(mm, names);
  let child = FIRST_CHILD;
  const thread = (number: number, name: string, list: readonly Operation[]): Thread => {
    const first = child;
    child += list.filter(({ op }) => op === "fork").length;
    const run = (): Steps<null> => calls(kernel, { mm, files }, list, first);
    return { task: number, name, daemon: false, start: run };
  };
  const threads = [thread(1, "A", a), thread(2, "B", b)];
  return {
    program: { machine, initial: table.snapshot(), threads },
    resultOf: (end) => resultOf(end, mm, names),
  };
}

function* calls(
  k: Kernel,
  { mm, files }: { readonly mm: number; readonly files: ReadonlyMap<string, number> },
  list: readonly Operation[],
  firstChild: number,
): Steps<null> {
  let child = firstChild;
  for (const operation of list) {
    const word = wordOf(yield* callSteps(k, { mm, files, child }, operation));
    if (operation.op === "fork") child++;
    yield* noteReturn(word);
  }
  return null;
}
