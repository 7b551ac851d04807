import { measureTraces } from "../bench/traces/measure-traces.ts";
import { type Phase, type PhaseResult, runPhase } from "../bench/traces/phase.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderBenchTraces } from "../render/bench-traces.ts";

export interface BenchTracesOptions {
  readonly events: number;
  readonly seeks: number;
  readonly trace?: string;
  readonly capture?: string;
  readonly repeat?: number;
  /** A phase to run in this very process, as JSON: how the command calls itself. */
  readonly cell?: string;
}

/** `faultline bench traces`: what it takes to record, decode, replay, seek in and bisect a long trace. */
export async function benchTraces(
  { events, seeks, trace, capture, repeat = 1, cell }: BenchTracesOptions,
  ui: Ui,
): Promise<ExitCode> {
  if (cell !== undefined) {
    ui.json(await runPhase(JSON.parse(cell) as Phase));
    return 0;
  }
  const phases: PhaseResult[] = [];
  ui.progress(trace !== undefined ? "decode" : capture !== undefined ? "import" : "record");
  const given = { ...(trace === undefined ? {} : { path: trace }), ...(capture === undefined ? {} : { capture }) };
  for await (const phase of measureTraces({ events, seeks, repeat, ...given })) {
    phases.push(phase);
    ui.progress(phase.phase);
  }
  ui.progress(undefined);
  const rows = phases.map((phase) => ({ name: phase.phase, ...phase, eventsPerSecond: rateOf(phase) }));
  const { events: length, bytes } = phases.find((phase) => phase.bytes > 0)!;
  const lines = phases.find((phase) => phase.lines !== undefined)?.lines;
  ui.say(renderBenchTraces(phases, ui.width, ui.style).join("\n"));
  ui.json({
    events: length,
    bytes,
    bytesPerEvent: perOne(bytes, length),
    ...(lines === undefined ? {} : { lines, bytesPerLine: perOne(bytes, lines) }),
    seeks,
    rows,
  });
  return phases.every(({ right }) => right) ? 0 : 1;
}

function perOne(bytes: number, all: number): number {
  return Number((bytes / all).toFixed(3));
}

/** Of what looks at every event. */
function rateOf({ phase, events, seconds }: PhaseResult): number | null {
  return phase === "seek" || phase === "bisect" ? null : Math.round(events / seconds);
}
