import { availableParallelism } from "node:os";
import { type BatchOrder, runBatch } from "../bench/batch.ts";
import { measureParallel } from "../bench/parallel.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderParallel } from "../render/bench-parallel.ts";

export interface BenchParallelOptions {
  readonly jobs?: number;
  readonly seconds: number;
  readonly repeat?: number;
  /** What to do of the batch in this very process, as JSON: how the command calls itself. */
  readonly batch?: string;
}

const ROUNDS = 3;

/** `faultline bench parallel`: a fixed batch on one core, and again on several. */
export async function benchParallel(options: BenchParallelOptions, ui: Ui): Promise<ExitCode> {
  if (options.batch !== undefined) {
    ui.json(await runBatch(JSON.parse(options.batch) as BatchOrder));
    return 0;
  }
  const workers = options.jobs ?? availableParallelism();
  ui.progress(`a batch on one core, then on ${workers}`);
  const measured = await measureParallel(workers, options.seconds, options.repeat ?? ROUNDS);
  ui.progress(undefined);
  ui.say(renderParallel(measured, ui.width, ui.style).join("\n"));
  ui.json(measured);
  return measured.same ? 0 : 1;
}
