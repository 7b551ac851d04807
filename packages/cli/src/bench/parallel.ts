import { isDeepStrictEqual } from "node:util";
import { CliError } from "../command-line/cli-error.ts";
import type { BatchDone, BatchOrder } from "./batch.ts";
import { runFresh } from "./fresh-process.ts";
import { type Cores, someCores } from "./pinning.ts";

/** The same batch on one core and on several, in turn. */
export interface Parallel {
  /** Pieces of the batch. */
  readonly jobs: number;
  readonly rounds: readonly Round[];
  /** The median of the rounds'. */
  readonly speedup: number;
  /** Whether every result was the same, in every round. */
  readonly same: boolean;
}

export interface Round {
  readonly runs: readonly BatchRun[];
  /** Wall time on one thread over wall time on several. */
  readonly speedup: number;
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
 * @param repeat rounds: a machine that others use too is not as fast in one as in the next
 */
export async function measureParallel(workers: number, seconds: number, repeat: number): Promise<Parallel> {
  const [one, several] = [someCores(1), someCores(workers)];
  const first = await batch({ seconds }, one);
  const asListed = [...first.each.keys()];
  // The longest first, so that no thread is left with a long one at the end.
  const order = asListed.toSorted((a, b) => first.each[b]! - first.each[a]!);
  const rounds: Round[] = [];
  let same = true;
  for (let round = 0; round < repeat; round++) {
    const alone = round === 0 ? first : await batch({ workers: 1, order: asListed }, one);
    const together = await batch({ workers, order }, several);
    same &&= isDeepStrictEqual(first.results, alone.results) && isDeepStrictEqual(first.results, together.results);
    rounds.push({
      runs: [run(1, one, alone), run(workers, several, together)],
      speedup: Number((alone.seconds / together.seconds).toFixed(2)),
    });
  }
  const speedup = rounds.map((round) => round.speedup).sort((a, b) => a - b)[Math.floor(repeat / 2)]!;
  return { jobs: first.results.length, rounds, speedup, same };
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
