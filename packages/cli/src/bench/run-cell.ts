import { explore, type ExploreOptions, NO_REDUCTION } from "@faultline/interleave";
import process from "node:process";
import { type Cell } from "./cells.ts";
import { peakResident, resident } from "./resident.ts";
import scaling, { variantOf } from "./scaling.scenario.ts";

/** What exploring one cell took. */
export interface CellResult {
  readonly states: number;
  /** Of the last pass, and of all passes together. */
  readonly transitions: number;
  readonly totalTransitions: number;
  readonly passes: number;
  readonly reducerRuns: number;
  /** Wall time of exploring alone. */
  readonly exploring: number;
  /** Processor time in user mode of the whole process so far. */
  readonly userSeconds: number;
  /** Peak resident set of the process, and what exploring added to it. */
  readonly bytes: number;
  readonly addedBytes: number;
  /** The table of visited states. */
  readonly tableBytes: number;
  /** Why it ended early; null when every ordering was covered. */
  readonly stopped: string | null;
}

/** How a cell is explored, with the reductions or without any. */
export function optionsOf({ reductions }: Pick<Cell, "reductions">): ExploreOptions {
  return reductions ? {} : NO_REDUCTION;
}

/**
 * Explores one cell, cold: called once in a process of its own.
 * @param limit seconds after which it gives up
 */
export function runCell(cell: Cell, limit: number): CellResult {
  const { program } = scaling.instantiate(variantOf(cell));
  const before = resident();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const found = explore(program, { ...optionsOf(cell), budget: { expired: () => elapsed() > limit } });
  const exploring = elapsed();
  const { states, transitions, totalTransitions, passes, reducerRuns, stopped } = found;
  const bytes = peakResident();
  return {
    states,
    transitions,
    totalTransitions,
    passes,
    reducerRuns,
    exploring: Number(exploring.toFixed(4)),
    userSeconds: Number((process.cpuUsage().user / 1e6).toFixed(3)),
    bytes,
    addedBytes: Math.max(0, bytes - before),
    tableBytes: found.bytes,
    stopped: stopped === undefined ? null : stopped === "time is up" ? `not in ${limit} s` : stopped,
  };
}
