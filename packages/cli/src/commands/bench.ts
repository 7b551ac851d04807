import { type Cell, cells, type Peer, peerOf } from "../bench/cells.ts";
import { runFresh } from "../bench/fresh-process.ts";
import { type ModelSize, modelSize } from "../bench/model-size.ts";
import { measureProcedures, type ProcedureRow } from "../bench/procedures.ts";
import { type CellResult, runCell } from "../bench/run-cell.ts";
import { MAX_FAULTERS, MAX_PAGES } from "../bench/scaling.scenario.ts";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { grouped } from "../render/counts.ts";
import { renderProcedures, renderScaling } from "../render/bench.ts";
import { renderModelSize } from "../render/model-size.ts";

export interface BenchOptions {
  readonly n?: number;
  readonly p?: number;
  readonly profile?: string;
  /** A cell to run in this very process, as JSON: how the command calls itself. */
  readonly cell?: string;
}

/** A row of the scaling table. */
export interface ScalingRow extends CellResult {
  readonly name: string;
  readonly n: number;
  readonly p: number;
  readonly transitionsPerSecond: number;
  readonly peer?: Peer;
}

/** `faultline bench`: the scaling scenario, each cell in a fresh process, and what a user waits for. */
export async function bench(options: BenchOptions, ui: Ui): Promise<ExitCode> {
  if (options.cell !== undefined) {
    ui.json(runCell(JSON.parse(options.cell) as Cell));
    return 0;
  }
  const rows: ScalingRow[] = [];
  for (const cell of cellsFor(options)) {
    ui.progress(`N=${cell.n} P=${cell.p}`);
    rows.push(await measure(cell));
  }
  ui.progress(undefined);
  ui.say([...renderScaling(rows, ui.width, ui.style), ""].join("\n"));
  const procedures: ProcedureRow[] = [];
  let model: ModelSize | undefined;
  if (options.n === undefined && options.p === undefined) {
    for await (const row of measureProcedures(options.profile)) {
      procedures.push(row);
      ui.progress(row.name);
    }
    ui.progress(undefined);
    ui.say(renderProcedures(procedures, ui.width, ui.style).join("\n"));
    model = modelSize();
    ui.say(["", ...renderModelSize(model, ui.style)].join("\n"));
  }
  ui.json({ rows, procedures, ...(model === undefined ? {} : { model }) });
  return 0;
}

function cellsFor({ n, p }: BenchOptions): readonly Cell[] {
  if (n === undefined && p === undefined) return cells;
  const size = { n: n ?? 1, p: p ?? 1 };
  if (size.n > MAX_FAULTERS || size.p > MAX_PAGES) {
    throw new CliError("E_USAGE", `the scaling scenario has up to ${MAX_FAULTERS} faulters and ${MAX_PAGES} pages.`);
  }
  return [
    { ...size, persistentSets: false },
    { ...size, persistentSets: true },
  ];
}

async function measure(cell: Cell): Promise<ScalingRow> {
  const { stdout } = await runFresh(["bench", "--json", "--cell", JSON.stringify(cell)]);
  if (stdout === "") throw new CliError("E_BENCH", `the process that measured N=${cell.n} P=${cell.p} gave no answer.`);
  const found = JSON.parse(stdout) as
    CellResult | { readonly error: { readonly code: string; readonly message: string } };
  if ("error" in found) throw new CliError(found.error.code, found.error.message);
  const peer = peerOf(cell);
  const name = cell.persistentSets ? "persistent sets" : "no reduction";
  return {
    name: cell.budget === undefined ? name : `${name}, first ${grouped(cell.budget)} transitions`,
    n: cell.n,
    p: cell.p,
    ...found,
    seconds: Number(found.seconds.toFixed(3)),
    transitionsPerSecond: Math.round(found.transitions / found.seconds),
    ...(peer === undefined || cell.budget !== undefined ? {} : { peer }),
  };
}
