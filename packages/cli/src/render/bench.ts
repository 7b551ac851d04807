import type { Growth } from "../bench/growth.ts";
import type { ScalingRow } from "../bench/measure-cell.ts";
import type { ProcedureRow } from "../bench/procedures.ts";
import type { Rate } from "../bench/rate.ts";
import { grouped, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const OWN_HEAD = ["N", "P", "states", "transitions", "seconds", "user", "memory", "B/state"];
const PEER_HEAD = ["states", "transitions", "seconds", "user", "memory"];
const PROCEDURE_HEAD = ["what", "states", "transitions", "reducer runs", "exploring", "whole process"];

/** The scaling table, a part without the VMA lock and a part with it; SPIN's columns beside ours. */
export function renderScaling(rows: readonly ScalingRow[], width: number, style: Style): string[] {
  const peer = rows.find((row) => row.peer !== undefined)?.peer?.name;
  const about =
    "One munmap, one shrinker and N faulters over P pages; plain rwsem. Each row is one cold run in a fresh process, " +
    "its start included; user is processor time, memory the peak, B/state the table of visited states." +
    (peer === undefined
      ? ""
      : ` On the right ${peer} on the same protocol, in finer steps: generate, compile, search.`);
  const head = [...OWN_HEAD, ...(peer === undefined ? [] : ["|", ...PEER_HEAD])];
  return [
    ...wrap(about, width),
    ...[false, true].flatMap((vmaLock) => {
      const part = rows.filter((row) => row.vmaLock === vmaLock);
      if (part.length === 0) return [];
      const cells = part.map((row) => [...ownCells(row), ...(peer === undefined ? [] : ["|", ...peerCells(row)])]);
      const [first = "", ...lines] = renderTable(head, cells, new Set(head.keys()));
      const title = `mmap lock${vmaLock ? " and VMA lock" : ""}${part[0]!.reductions ? "" : ", no reduction"}`;
      const notes = part.flatMap(notesOf);
      return [
        "",
        style.title(title),
        style.faint(first),
        ...lines,
        ...notes.flatMap((note) => wrap(note, width, "  ")),
      ];
    }),
  ];
}

/** What a faulter more costs. */
export function renderGrowth(growth: readonly Growth[], width: number, style: Style): string[] {
  const about =
    "One faulter more, P=1: factor on seconds of search and on states, fitted to the numbers of faulters shown.";
  return [
    style.title("growth"),
    ...wrap(about, width),
    ...growth.map(({ name, vmaLock, points, seconds, states }) => {
      const from = points[0]?.n;
      const to = points.at(-1)?.n;
      const factors =
        seconds === null
          ? "too few to fit"
          : `x${seconds.toFixed(2)} seconds, x${optional(states, (x) => x.toFixed(2))} states`;
      return `${name}${vmaLock ? ", VMA lock" : ""}, N=${from}..${to}: ${factors}`;
    }),
  ];
}

/** How fast transitions are looked up. */
export function renderRate({ n, p, transitions, transitionsPerSecond }: Rate, width: number, style: Style): string[] {
  const text =
    `${(transitionsPerSecond / 1e6).toFixed(2)} million transitions per second without any reduction, ` +
    `every reducer run before (N=${n} P=${p}, ${grouped(transitions)} transitions)`;
  return [style.title("rate"), ...wrap(text, width)];
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
  const [head = "", ...lines] = renderTable(PROCEDURE_HEAD, cells, new Set([...PROCEDURE_HEAD.keys()].slice(1)));
  return [style.title("real procedures"), style.faint(head), ...lines];
}

function ownCells(row: ScalingRow): string[] {
  const { n, p, states, transitions, seconds, userSeconds, bytes, bytesPerState, finished } = row;
  const counts = finished ? [grouped(states), grouped(transitions)] : [`>${grouped(states)}`, ""];
  return [
    ...[String(n), String(p), ...counts],
    ...[secondsText(seconds), secondsText(userSeconds), megabytes(bytes), optional(bytesPerState, String)],
  ];
}

function peerCells({ peer }: ScalingRow): string[] {
  if (peer?.finished !== true) {
    const reached = peer?.states ?? null;
    return [reached === null ? "-" : `>${grouped(reached)}`, "not finished", "", "", ""];
  }
  const { states, transitions, seconds, userSeconds, bytes } = peer;
  return [
    ...[optional(states, grouped), optional(transitions, grouped)],
    ...[optional(seconds, secondsText), optional(userSeconds, secondsText), optional(bytes, megabytes)],
  ];
}

/** Why a row has no full answer. */
function notesOf({ name, stopped, peer }: ScalingRow): string[] {
  return [
    ...(stopped === null ? [] : [`${name}: Faultline stopped: ${stopped}`]),
    ...(peer === undefined || peer.finished ? [] : [`${name}: ${peer.name} not finished: ${peer.reason ?? ""}`]),
  ];
}

function megabytes(bytes: number): string {
  return `${grouped(Math.round(bytes / 1e6))} MB`;
}

function optional(value: number | null | undefined, text: (value: number) => string): string {
  return value === undefined || value === null ? "" : text(value);
}
