import type { StepEvent, Transition } from "@faultline/mm";
import { writeList, type WrittenList, listSeeds } from "../generate/write-list.ts";
import { parseOperation } from "../list/parse-operations.ts";
import { ModelProcess } from "../process/model-process.ts";
import { Coverage } from "../report/coverage.ts";
import { MergeWatch } from "../report/merge-rules.ts";
import type { Operation } from "../list/operation.ts";
import type { ResultLine } from "../result/result-line.ts";
import type { Subject } from "../result/subject.ts";
import { compareRuns } from "./compare-runs.ts";
import type { LiveKernel } from "./live-kernel.ts";

/** Operations of one list: long enough to get somewhere, short enough to begin anew. */
const LIST_LENGTH = 250;
/** Lists drawn at once. */
const BATCH = 18;

export interface Progress {
  readonly lists: number;
  readonly operations: number;
  readonly lines: number;
  /** Operations that the kernel's program would not do; their lists ended there. */
  readonly refused: number;
}

export interface DifferentialResult extends Progress {
  readonly coverage: Coverage;
  /** The first list on which kernel and model differ, up to the operation that does. */
  readonly difference: readonly string[] | null;
}

/**
 * Writes lists of all kinds with the model and holds each against the kernel, until so many operations were compared or
 * one differs.
 */
export function differential(
  kernel: LiveKernel,
  { operations, seed }: { readonly operations: number; readonly seed: number },
  progress: (so: Progress) => void = () => undefined,
): DifferentialResult {
  const coverage = new Coverage();
  let [lists, done, lines, refused] = [0, 0, 0, 0];
  for (let batch = 0; done < operations; batch++) {
    for (const listSeed of listSeeds(seed + batch, BATCH, LIST_LENGTH)) {
      if (done >= operations) break;
      const written = writeList(listSeed, observed(kernel, coverage));
      const comparison = compareRuns(kernel.run(written.lines), written.results);
      lists++;
      lines += comparison.lines;
      if (comparison.refused !== null) refused++;
      done += comparison.first?.at ?? comparison.refused ?? written.lines.length;
      if (comparison.first !== null) {
        const difference = written.lines.slice(0, comparison.first.at + 1);
        return { lists, operations: done, lines, refused, coverage, difference };
      }
      progress({ lists, operations: done, lines, refused });
    }
  }
  return { lists, operations: done, lines, refused, coverage, difference: null };
}

/** Lists written without a kernel, for what they reach on the model. */
export function reachedByLists(
  { profile, machine }: Pick<LiveKernel, "profile" | "machine">,
  { operations, seed }: { readonly operations: number; readonly seed: number },
): Coverage {
  const coverage = new Coverage();
  for (let done = 0, batch = 0; done < operations; batch++) {
    for (const listSeed of listSeeds(seed + batch, BATCH, LIST_LENGTH)) {
      if (done >= operations) break;
      const written: WrittenList = writeList(listSeed, observed({ profile, machine }, coverage));
      done += written.lines.length;
    }
  }
  return coverage;
}

/** A model process whose results and steps are counted. */
function observed({ profile, machine }: Pick<LiveKernel, "profile" | "machine">, coverage: Coverage): Subject {
  const watch = new MergeWatch(() => model.table);
  const observe = (event: StepEvent, transition: Transition): void => watch.step(event, transition);
  const model = new ModelProcess({ profile, machine, observe });
  watch.take();
  return {
    run(operation: Operation): readonly ResultLine[] {
      const results = model.run(operation);
      coverage.note(operation, results, watch.take());
      return results;
    },
  };
}

/** What the operation at the end of a list does on the model, step by step. */
export function stepsOfLast(kernel: LiveKernel, lines: readonly string[]): readonly StepEvent[] {
  let steps: StepEvent[] = [];
  const observe = (event: StepEvent): void => void steps.push(event);
  const model = new ModelProcess({ profile: kernel.profile, machine: kernel.machine, observe });
  for (const [at, line] of lines.entries()) {
    steps = [];
    model.run(parseOperation(line, at + 1));
  }
  return steps;
}
