import { type Cell, cellsFor, nameOf } from "../bench/cells.ts";
import { type Growth, growthOf } from "../bench/growth.ts";
import { measureCell, type MeasureLimits, type ScalingRow, SpinColumn } from "../bench/measure-cell.ts";
import { type ModelSize, modelSize } from "../bench/model-size.ts";
import { findSpin } from "../bench/peer/spin.ts";
import { measureProcedures, type ProcedureRow } from "../bench/procedures.ts";
import { measureRate, type Rate } from "../bench/rate.ts";
import { runCell } from "../bench/run-cell.ts";
import { MAX_FAULTERS, MAX_PAGES } from "../bench/scaling.scenario.ts";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderGrowth, renderProcedures, renderRate, renderScaling } from "../render/bench.ts";
import { renderModelSize } from "../render/model-size.ts";

export interface BenchOptions {
  readonly n?: number;
  readonly p?: number;
  readonly vmaLock?: boolean;
  readonly reduction: boolean;
  readonly peer: boolean;
  readonly peerTimeout: number;
  readonly peerMemory?: number;
  readonly maxSeconds: number;
  readonly repeat?: number;
  readonly profile?: string;
  /** A cell to run in this very process, as JSON: how the command calls itself. */
  readonly cell?: string;
}

/**
 * `faultline bench`: the scaling scenario, each cell in a fresh process with SPIN beside it, and what a user waits for;
 * `faultline bench scaling` is the first of these alone.
 */
export async function bench(what: string | undefined, options: BenchOptions, ui: Ui): Promise<ExitCode> {
  if (what !== undefined && what !== "scaling") {
    throw new CliError(
      "E_USAGE",
      `there is no bench ${what}: it is \`bench\`, or that with \`scaling\`, \`parallel\`, \`traces\` or \`calls\`.`,
    );
  }
  if (options.cell !== undefined) {
    ui.json(runCell(JSON.parse(options.cell) as Cell, options.maxSeconds));
    return 0;
  }
  const rows = await measureTable(options, ui);
  ui.say(renderScaling(rows, ui.width, ui.style).join("\n"));
  if (options.n !== undefined || options.p !== undefined) {
    ui.json({ rows });
    return 0;
  }
  const growth: readonly Growth[] = growthOf(rows);
  ui.say(["", ...renderGrowth(growth, ui.width, ui.style)].join("\n"));
  ui.progress("the rate");
  const rate: Rate = measureRate();
  ui.progress(undefined);
  ui.say(["", ...renderRate(rate, ui.width, ui.style), ""].join("\n"));
  if (what === "scaling") {
    ui.json({ rows, growth, rate });
    return 0;
  }
  const procedures: ProcedureRow[] = [];
  for await (const row of measureProcedures(options.profile)) {
    procedures.push(row);
    ui.progress(row.name);
  }
  ui.progress(undefined);
  ui.say(renderProcedures(procedures, ui.width, ui.style).join("\n"));
  const model: ModelSize = modelSize();
  ui.say(["", ...renderModelSize(model, ui.style)].join("\n"));
  ui.json({ rows, growth, rate, procedures, model });
  return 0;
}

async function measureTable(options: BenchOptions, ui: Ui): Promise<ScalingRow[]> {
  const { n = 1, p = 1, reduction, maxSeconds, repeat = 1, peerTimeout, peerMemory } = options;
  if (n > MAX_FAULTERS || p > MAX_PAGES) {
    throw new CliError("E_USAGE", `the scaling scenario has up to ${MAX_FAULTERS} faulters and ${MAX_PAGES} pages.`);
  }
  const limits: MeasureLimits = { seconds: maxSeconds, repeat };
  const peerLimits = { seconds: peerTimeout, repeat, ...(peerMemory === undefined ? {} : { bytes: peerMemory }) };
  const spin = options.peer ? new SpinColumn(await findSpin(), peerLimits) : undefined;
  const rows: ScalingRow[] = [];
  for (const cell of cellsFor({ ...options, reductions: reduction })) {
    ui.progress(nameOf(cell));
    const row = await measureCell(cell, limits);
    if (spin !== undefined) ui.progress(`${nameOf(cell)}: SPIN`);
    rows.push(spin === undefined ? row : { ...row, peer: await spin.measure(cell) });
  }
  ui.progress(undefined);
  return rows;
}
