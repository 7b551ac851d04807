import type { PhaseResult } from "../bench/traces/phase.ts";
import { count, grouped, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const HEAD = ["", "seconds", "cpu", "million events/s", "before", "peak", ""];

/** What a long trace costs, phase by phase. */
export function renderBenchTraces(phases: readonly PhaseResult[], width: number, style: Style): string[] {
  const { events, bytes } = phases.find((phase) => phase.bytes > 0)!;
  const lines = phases.find((phase) => phase.lines !== undefined)?.lines;
  const ofLines = lines === undefined ? "" : ` and ${(bytes / lines).toFixed(2)} a line of ${grouped(lines)}`;
  const about =
    `${count(events, "event")}, ${megabytes(bytes)}, ${(bytes / events).toFixed(2)} bytes an event${ofLines}. Each row in a ` +
    "fresh process, its start not counted; its memory before and at the peak.";
  const cells = phases.map((phase) => [
    phase.phase,
    secondsText(phase.seconds),
    secondsText(phase.cpuSeconds),
    everyEvent(phase) ? (events / phase.seconds / 1e6).toFixed(2) : "",
    megabytes(phase.before),
    megabytes(phase.peak),
    noteOf(phase),
  ]);
  const [head = "", ...rows] = renderTable(HEAD, cells, new Set([1, 2, 3, 4, 5]));
  return [
    ...wrap(about, width),
    "",
    style.faint(head),
    ...rows.map((line, i) => (phases[i]!.right ? line : style.bad(`${line}  WRONG ANSWER`))),
  ];
}

function everyEvent({ phase }: PhaseResult): boolean {
  return phase !== "seek" && phase !== "bisect";
}

function noteOf({ median, worst, probes }: PhaseResult): string {
  if (median !== undefined && worst !== undefined) {
    return `median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`;
  }
  return probes === undefined ? "" : count(probes, "state");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
