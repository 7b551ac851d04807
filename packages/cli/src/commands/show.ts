import { checkEnd, kernelMachine, stateHash } from "@faultline/mm";
import { formatSchedule, stateAt, type Trace } from "@faultline/trace";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderColumns } from "../render/columns.ts";
import { renderState } from "../render/state-diff.ts";
import { renderTraceHead } from "../render/trace-head.ts";
import type { Row } from "../run/row.ts";
import { rowsOf } from "../run/visit-rows.ts";
import { metaOf, type TraceMeta } from "../trace/trace-meta.ts";
import { withTrace } from "../trace/with-trace.ts";
import { rowJson, stateJson } from "./row-json.ts";

export interface ShowOptions {
  readonly at?: number;
  readonly around?: number;
  readonly full?: boolean;
}

/** `faultline show`: a trace as text: the whole run in columns, or one event with the states around it. */
export function showTrace(path: string, options: ShowOptions, ui: Ui): ExitCode {
  const { at } = options;
  if (at === undefined && (options.around !== undefined || options.full === true)) {
    throw new CliError("E_USAGE", "--around and --full go with --at, which names the event.");
  }
  return withTrace(path, (trace) => {
    if (at !== undefined && at >= trace.events) {
      const there = trace.events === 0 ? "it has none" : `they are numbered from 0 to ${trace.events - 1}`;
      throw new CliError("E_TRACE_RANGE", `there is no event ${at} in ${path}: ${there}.`);
    }
    const meta = metaOf(trace);
    ui.print([...renderTraceHead({ path, meta, trace }, ui.width, ui.style), ""].join("\n"));
    if (at === undefined) showRun(trace, path, meta, ui);
    else showEvent(trace, path, meta, at, options, ui);
    return trace.truncation === undefined ? 0 : 3;
  });
}

function showRun(trace: Trace, path: string, meta: TraceMeta, ui: Ui): void {
  const rows = [...rowsOf(trace, 0, trace.events)];
  const ending = meta.complete ? checkEnd(kernelMachine, stateAt(trace, kernelMachine, trace.events)) : [];
  ui.say(drawn(rows, meta, ui).join("\n"));
  for (const { rule, message } of ending) ui.say(ui.style.bad(`> end of the run: breaks ${rule.name}: ${message}`));
  ui.json({
    ...header(trace, path, meta),
    rows: rows.map((row) => rowJson(row, meta.nameOf)),
    atEnd: ending.map(({ rule, severity, object, message }) => ({ rule: rule.name, severity, object, message })),
  });
}

function showEvent(trace: Trace, path: string, meta: TraceMeta, at: number, options: ShowOptions, ui: Ui): void {
  const around = options.around ?? 0;
  const rows = [...rowsOf(trace, Math.max(0, at - around), Math.min(trace.events, at + around + 1))];
  const row = rows.find(({ number }) => number === at)!;
  const before = stateAt(trace, kernelMachine, at);
  const after = stateAt(trace, kernelMachine, at + 1, { events: at, state: before });
  const { width, style } = ui;
  const full = options.full === true;
  if (around > 0) ui.say([...drawn(rows, meta, ui, at), ""].join("\n"));
  ui.say(renderState({ number: at, row, before, after, full, nameOf: meta.nameOf }, width, style).join("\n"));
  ui.json({
    ...header(trace, path, meta),
    at,
    ...rowJson(row, meta.nameOf),
    before: { hash: stateHash(before), ...(full ? { state: stateJson(before) } : {}) },
    after: { hash: stateHash(after), ...(full ? { state: stateJson(after) } : {}) },
    ...(around === 0 ? {} : { rows: rows.map((one) => rowJson(one, meta.nameOf)) }),
  });
}

/** Rows with the ones that break rules marked, and the one that was asked for. */
function drawn(rows: readonly Row[], meta: TraceMeta, { width, style }: Ui, asked?: number): string[] {
  const marks = new Map(
    rows
      .map(({ number, violations }): [number, string[]] => [
        number,
        violations.map(({ rule, message }) => `breaks ${rule.name}: ${message}`),
      ])
      .filter(([number, said]) => said.length > 0 || number === asked),
  );
  const seen = new Set(rows.map(({ event }) => event.task));
  const tasks =
    meta.threads.length > 1
      ? meta.threads.map((_, task) => task).filter((task) => task > 0 && meta.threads[task] !== "")
      : [];
  const columns = [...new Set([...tasks, ...seen])].sort((a, b) => a - b);
  return renderColumns({ tasks: columns, nameOf: meta.nameOf, rows, marks, width, style });
}

function header(trace: Trace, path: string, { scenario, variant, profile, rule, schedule }: TraceMeta): object {
  const run = schedule ?? (trace.events <= 10_000 ? scheduleOf(trace) : undefined);
  return {
    trace: path,
    producer: trace.info.producer,
    scenario: scenario ?? null,
    variant: variant ?? null,
    profile: profile ?? null,
    rule: rule ?? null,
    schedule: run ?? null,
    events: trace.events,
    ...(trace.truncation === undefined ? {} : { truncated: trace.truncation.message }),
  };
}

function scheduleOf(trace: Trace): string {
  return formatSchedule([...trace.recorded()].map(({ event }) => event));
}
