import type { ProcedureRow } from "../bench/procedures.ts";
import type { ScalingRow } from "../commands/bench.ts";
import { grouped, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const SCALING_HEAD = ["N", "P", "states", "transitions", "time", "M/s", "reducer runs", "SPIN states", "SPIN time"];
const PROCEDURE_HEAD = ["what", "states", "transitions", "reducer runs", "exploring", "whole process"];

/** The scaling table, a part for each set of reductions. */
export function renderScaling(rows: readonly ScalingRow[], width: number, style: Style): string[] {
  const about =
    "One munmap, one shrinker and N faulters over P pages; plain rwsem. Each row is one cold run in a fresh process. " +
    "Transitions count duplicates and all passes.";
  const names = [...new Set(rows.map(({ name }) => name))];
  return [
    ...wrap(about, width),
    ...names.flatMap((name) => {
      const part = rows.filter((row) => row.name === name);
      const peers = [...new Set(part.flatMap(({ peer }) => (peer === undefined ? [] : [peer.name])))];
      const beside = peers.length === 0 ? "" : `; beside it ${peers.join(", ")}, with its own, finer steps`;
      const [head = "", ...lines] = renderTable(SCALING_HEAD, part.map(scalingCells), allButFirst(SCALING_HEAD));
      return ["", style.title(name) + beside, style.faint(head), ...lines];
    }),
  ];
}

/** What a user waits for. */
export function renderProcedures(rows: readonly ProcedureRow[], _width: number, style: Style): string[] {
  const cells = rows.map(({ name, states, events, transitions, reducerRuns, exploring, seconds }) => [
    events === undefined ? name : `${name}, ${grouped(events)} events`,
    optional(states, grouped),
    optional(transitions, grouped),
    optional(reducerRuns, grouped),
    optional(exploring, secondsText),
    secondsText(seconds),
  ]);
  const [head = "", ...lines] = renderTable(PROCEDURE_HEAD, cells, allButFirst(PROCEDURE_HEAD));
  return [style.title("real procedures"), style.faint(head), ...lines];
}

function scalingCells(row: ScalingRow): string[] {
  const { n, p, states, transitions, seconds, transitionsPerSecond, reducerRuns, peer } = row;
  return [
    String(n),
    String(p),
    grouped(states),
    grouped(transitions),
    secondsText(seconds),
    (transitionsPerSecond / 1e6).toFixed(2),
    grouped(reducerRuns),
    optional(peer?.states, grouped),
    optional(peer?.seconds, secondsText),
  ];
}

function optional(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? "" : text(value);
}

function allButFirst(head: readonly string[]): Set<number> {
  return new Set(head.map((_, i) => i).slice(1));
}
