import { kernelMachine, type Snapshot, stateHash } from "@faultline/mm";
import { diffTraces, openTrace, stateAt, type Trace } from "@faultline/trace";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderTraceDifference } from "../render/diff.ts";
import { renderStateDifference } from "../render/state-diff.ts";
import { count } from "../render/counts.ts";
import { printable } from "../render/wrap.ts";
import { metaOf } from "../trace/trace-meta.ts";

/** A trace, and where in it: after this event; -1: before the first; undefined: all of it. */
interface Side {
  readonly text: string;
  readonly path: string;
  readonly at: number | undefined;
}

/** `faultline diff`: two traces, or two states of one or two traces. 0: no difference that matters; 1: there is one. */
export function diffCommand(leftText: string, rightText: string, ui: Ui): ExitCode {
  const [left, right] = [sideOf(leftText), sideOf(rightText)];
  if ((left.at === undefined) !== (right.at === undefined)) {
    throw new CliError("E_USAGE", `${leftText} and ${rightText} are a trace and a state: give both @N, or none.`);
  }
  const open: Trace[] = [];
  try {
    for (const { path } of [left, right]) open.push(openTrace(path));
    const [a, b] = open as [Trace, Trace];
    return left.at === undefined ? traces(left, right, a, b, ui) : states(left, right, a, b, ui);
  } finally {
    for (const trace of open) trace.close();
  }
}

function traces({ path: left }: Side, { path: right }: Side, a: Trace, b: Trace, ui: Ui): ExitCode {
  const found = diffTraces(a, b, kernelMachine);
  const { nameOf } = metaOf(a);
  ui.tell(renderTraceDifference({ left, right, found, events: [a.events, b.events], nameOf }, ui.width, ui.style));
  const eventOf = (side: (typeof found.tasks)[number]["left"]): object | null =>
    side === null ? null : { event: side.number, ...side.recorded.event, result: side.recorded.result };
  ui.json({
    left,
    right,
    verdict: found.verdict,
    events: [a.events, b.events],
    prefix: found.prefix,
    tasks: found.tasks.map((one) => {
      return { ...one, thread: nameOf(one.task), left: eventOf(one.left), right: eventOf(one.right) };
    }),
    order:
      found.order === null
        ? null
        : { component: found.order.component, left: eventOf(found.order.left), right: eventOf(found.order.right) },
    initial: found.initial,
    final: found.final,
  });
  return found.verdict === "same" || found.verdict === "equivalent" ? 0 : 1;
}

function states(left: Side, right: Side, a: Trace, b: Trace, ui: Ui): ExitCode {
  const [before, after] = [stateOf(a, left), stateOf(b, right)];
  const { nameOf } = metaOf(a);
  const differences = before.diff(after);
  const head = ui.style.title(`${printable(left.text)} and ${printable(right.text)}`);
  const said =
    differences.length === 0
      ? `${ui.style.good("SAME")}  ${stateHash(before)}`
      : `${ui.style.bad("DIFFER")}  in ${count(differences.length, "component")}`;
  const heads: [string, string] = [placeOf(left), placeOf(right)];
  const table = renderStateDifference({ before, after, nameOf }, heads, ui.width, ui.style);
  ui.tell([`${head}  ${said}`, ...(table.length === 0 ? [] : ["", ...table])]);
  ui.json({
    left: { trace: left.path, at: left.at, hash: stateHash(before) },
    right: { trace: right.path, at: right.at, hash: stateHash(after) },
    components: differences.map(({ ref, before: was, after: is }) => ({ component: ref.key, left: was, right: is })),
  });
  return differences.length === 0 ? 0 : 1;
}

function stateOf(trace: Trace, { text, at = -1 }: Side): Snapshot {
  if (at < trace.events) return stateAt(trace, kernelMachine, at + 1);
  const there = trace.events === 0 ? "it has none" : `they are numbered from 0 to ${trace.events - 1}`;
  throw new CliError("E_TRACE_RANGE", `there is no event ${at} for ${text}: ${there}.`);
}

function placeOf({ at = -1 }: Side): string {
  return at < 0 ? "at the start" : `after event ${at}`;
}

/** `run.fltrace@7`: the state after event 7; `run.fltrace@start`. */
function sideOf(text: string): Side {
  const [, path = text, at] = /^(.+)@(start|\d{1,15})$/.exec(text) ?? [];
  return { text, path, at: at === undefined ? undefined : at === "start" ? -1 : Number(at) };
}
