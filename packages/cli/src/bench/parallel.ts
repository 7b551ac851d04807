import { isDeepStrictEqual } from "node:util";
import { CliError } from "../command-line/cli-error.ts";
import type { BatchDone, BatchOrder } from "./batch.ts";
import { runFresh } from "./fresh-process.ts";
import { type Cores, someCores } from "./pinning.ts";

/** The same batch on one core and on several. */
export interface Parallel {
  /** Pieces of the batch. */
  readonly jobs: number;
  readonly runs: readonly BatchRun[];
  /** Wall time on one thread over wall time on several. */
  readonly speedup: number;
  /** Whether every result was the same. */
  readonly same: boolean;
}

export interface BatchRun {
  readonly workers: number;
  /** The cores that the process was held to; null: to none, so that V8's own threads ran beside its workers. */
  readonly cores: readonly number[] | null;
  readonly seconds: number;
  /** Processor time in user mode, all threads together. */
  readonly userSeconds: number;
}

/**
 * Measures a batch on one core and on `workers`, each in a fresh process that may use no more cores than that.
 * @param seconds how long it takes on one, at least
 */
export async function measureParallel(workers: number, seconds: number): Promise<Parallel> {
  const [one, several] = [someCores(1), someCores(workers)];
  const alone = await batch({ seconds }, one);
  // The longest first, so that no thread is left with a long one at the end.
  const order = [...alone.each.keys()].sort((a, b) => alone.each[b]! - alone.each[a]!);
  const together = await batch({ workers, order }, several);
  return {
    jobs: alone.results.length,
    runs: [run(1, one, alone), run(workers, several, together)],
    speedup: Number((alone.seconds / together.seconds).toFixed(2)),
    same: isDeepStrictEqual(alone.results, together.results),
  };
}

async function batch(order: BatchOrder, cores: Cores): Promise<BatchDone> {
  const { stdout } = await runFresh(["bench", "parallel", "--json", "--batch", JSON.stringify(order)], cores);
  if (stdout === "") throw new CliError("E_BENCH", "the process that did the batch gave no answer.");
  const found = JSON.parse(stdout) as
    BatchDone | { readonly error: { readonly code: string; readonly message: string } };
  if ("error" in found) throw new CliError(found.error.code, found.error.message);
  return found;
}

function run(workers: number, cores: Cores, { seconds, userSeconds }: BatchDone): BatchRun {
  return { workers, cores: cores ?? null, seconds, userSeconds };
}
