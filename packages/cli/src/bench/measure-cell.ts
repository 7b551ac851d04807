import { CliError } from "../command-line/cli-error.ts";
import { type Cell, nameOf } from "./cells.ts";
import { type Finished, runFresh } from "./fresh-process.ts";
import { notFinished, type PeerResult, runSpin, type Spin } from "./peer/spin.ts";
import type { CellResult } from "./run-cell.ts";

/** A row of the scaling table. */
export interface ScalingRow extends Cell, CellResult {
  readonly name: string;
  readonly finished: boolean;
  /** Wall time of the whole process, Node's start included. */
  readonly seconds: number;
  readonly transitionsPerSecond: number;
  /** Of the table of visited states; null where it has none. */
  readonly bytesPerState: number | null;
  readonly peer?: PeerResult;
}

export interface MeasureLimits {
  /** Seconds that exploring may take. */
  readonly seconds: number;
  /** Runs of each cell, of which the fastest counts. */
  readonly repeat: number;
}

/** Explores a cell in a fresh process. */
export async function measureCell(cell: Cell, { seconds, repeat }: MeasureLimits): Promise<ScalingRow> {
  const runs: (CellResult & { readonly seconds: number })[] = [];
  for (let i = 0; i < repeat; i++) {
    const args = ["bench", "--json", "--cell", JSON.stringify(cell), "--max-seconds", String(seconds)];
    const finished = await runFresh(args);
    runs.push({ ...answerOf(finished, cell), seconds: Number(finished.seconds.toFixed(3)) });
  }
  const best = fastest(runs);
  const { totalTransitions, exploring, tableBytes, states } = best;
  return {
    name: nameOf(cell),
    ...cell,
    ...best,
    finished: best.stopped === null,
    transitionsPerSecond: Math.round(totalTransitions / exploring),
    bytesPerState: states === 0 ? null : Number((tableBytes / states).toFixed(1)),
  };
}

function answerOf({ stdout }: Finished, cell: Cell): CellResult {
  if (stdout === "") throw new CliError("E_BENCH", `the process that measured ${nameOf(cell)} gave no answer.`);
  const found = JSON.parse(stdout) as
    CellResult | { readonly error: { readonly code: string; readonly message: string } };
  if ("error" in found) throw new CliError(found.error.code, found.error.message);
  return found;
}

/** SPIN over the cells of a table. Where it did not finish, it is not asked for more faulters. */
export class SpinColumn {
  readonly #spin: Spin;
  readonly #limits: MeasureLimits & { readonly bytes?: number };
  readonly #stuck: Cell[] = [];

  constructor(spin: Spin, limits: MeasureLimits & { readonly bytes?: number }) {
    this.#spin = spin;
    this.#limits = limits;
  }

  async measure(cell: Cell): Promise<PeerResult> {
    const smaller = this.#stuck.find(({ n, p, vmaLock }) => vmaLock === cell.vmaLock && n < cell.n && p <= cell.p);
    if (smaller !== undefined) return notFinished(this.#spin.name, `not tried: ${nameOf(smaller)} did not finish`);
    const runs = [await runSpin(this.#spin, cell, this.#limits)];
    while (runs.length < this.#limits.repeat && runs[0]!.finished)
      runs.push(await runSpin(this.#spin, cell, this.#limits));
    const best = fastest(runs.map((run) => ({ ...run, seconds: run.seconds ?? 0 })));
    if (!best.finished) this.#stuck.push(cell);
    return best.finished ? best : runs[0]!;
  }
}

function fastest<T extends { readonly seconds: number }>(runs: readonly T[]): T {
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}
