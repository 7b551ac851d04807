import type { StepEvent } from "@faultline/mm";
import { type ListSeed, listSeeds, writeList, type WrittenList } from "../generate/write-list.ts";
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
export async function differential(
  kernel: LiveKernel,
  { operations, seed }: { readonly operations: number; readonly seed: number },
  progress: (so: Progress) => void = () => undefined,
): Promise<DifferentialResult> {
  const coverage = new Coverage();
  const tally = new Tally();
  // The model writes a list while the kernel does the one before.
  let asked: Promise<Asked> | undefined;
  let asking = 0;
  const settle = async (): Promise<void> => {
    if (asked === undefined) return;
    tally.compare(await asked);
    [asked, asking] = [undefined, 0];
    progress(tally);
  };
  for (const listSeed of allSeeds(seed)) {
    if (tally.operations + asking >= operations) await settle();
    if (tally.isOver(operations)) break;
    const written = writeList(listSeed, observed(kernel, coverage));
    await settle();
    if (tally.isOver(operations)) break;
    asked = kernel.ask(written.lines).then((given) => ({ written, given }));
    asking = written.lines.length;
  }
  const { lists, operations: done, lines, refused, difference } = tally;
  return { lists, operations: done, lines, refused, coverage, difference };
}

/** A list, and what the kernel gave for it. */
interface Asked {
  readonly written: WrittenList;
  readonly given: readonly ResultLine[];
}

/** What was compared so far. */
class Tally implements Progress {
  lists = 0;
  operations = 0;
  lines = 0;
  refused = 0;
  difference: readonly string[] | null = null;

  isOver(operations: number): boolean {
    return this.difference !== null || this.operations >= operations;
  }

  compare({ written, given }: Asked): void {
    const { lines, first, refused } = compareRuns(given, written.results);
    this.lists++;
    this.lines += lines;
    if (refused !== null) this.refused++;
    this.operations += first?.at ?? refused ?? written.lines.length;
    if (first !== null) this.difference = written.lines.slice(0, first.at + 1);
  }
}

/** Lists of all kinds without end. */
function* allSeeds(seed: number): Generator<ListSeed, void> {
  for (let batch = 0; ; batch++) yield* listSeeds(seed + batch, BATCH, LIST_LENGTH);
}

/** Lists written without a kernel, for what they reach on the model. */
export function reachedByLists(
  { profile, machine }: Pick<LiveKernel, "profile" | "machine">,
  { operations, seed }: { readonly operations: number; readonly seed: number },
): Coverage {
  const coverage = new Coverage();
  let done = 0;
  for (const listSeed of allSeeds(seed)) {
    if (done >= operations) break;
    done += writeList(listSeed, observed({ profile, machine }, coverage)).lines.length;
  }
  return coverage;
}

/** A model process whose results and steps are counted. */
function observed({ profile, machine }: Pick<LiveKernel, "profile" | "machine">, coverage: Coverage): Subject {
  const watch: MergeWatch = new MergeWatch(() => model.table);
  const model: ModelProcess = new ModelProcess({ profile, machine, watch: watch.step });
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
