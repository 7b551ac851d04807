import {
  type PossibleResults,
  possibleResults,
  type Operation,
  OperationError,
  parseOperations,
  type TwoLists,
  twoThreadProgram,
} from "@faultline/oracle";
import { formatSchedule, parseSchedule } from "@faultline/trace";
import { profile as profileNamed, type StepEvent } from "@faultline/mm";
import { readFileSync } from "node:fs";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderResultRun, renderResults } from "../render/results.ts";
import { perform } from "../run/perform.ts";
import { replayScheduler } from "../run/replay-scheduler.ts";
import { runOnce } from "../run/run-once.ts";
import { shownPath } from "../scenario/shown-path.ts";

export interface ResultsOptions {
  readonly setup?: string;
  readonly profile?: string;
  readonly schedule?: string;
  readonly maxSeconds?: number;
  readonly minimize: boolean;
}

const DEFAULT_PROFILE = "linux-6.18";

/**
 * `faultline results`: every result that two threads of one process can have, each with its shortest run; or, with a
 * schedule, that one run.
 */
export function results(paths: readonly [string, string], options: ResultsOptions, ui: Ui): ExitCode {
  const lists = readLists(paths, options.setup);
  const { name } = profileNamed(options.profile ?? DEFAULT_PROFILE);
  if (options.schedule !== undefined) return showRun(lists, name, options.schedule, ui);
  const deadline = options.maxSeconds === undefined ? Infinity : Date.now() + options.maxSeconds * 1000;
  const found = possibleResults(lists, {
    profile: name,
    minimize: options.minimize,
    budget: { expired: () => Date.now() > deadline },
  });
  const view = viewOf(found, name);
  ui.tell(renderResults(view, ui.width, ui.style));
  ui.json(view);
  return view.complete ? 0 : 3;
}

/** What is told of the results, as text and as JSON. */
export type ResultsView = ReturnType<typeof viewOf>;

function viewOf({ results: all, broken, exploration, complete }: PossibleResults, profile: string) {
  return {
    profile,
    complete,
    stopped: exploration.stopped ?? null,
    states: exploration.states,
    transitions: exploration.totalTransitions,
    results: all.map(({ result, events, switches, minimal }) => {
      return { ...result, events: events.length, switches, minimal, schedule: formatSchedule(events) };
    }),
    broken: broken.map(({ violation: { rule, severity, message } }) => ({ rule: rule.name, severity, message })),
  };
}

function showRun(lists: TwoLists, profile: string, schedule: string, ui: Ui): ExitCode {
  const { program, resultOf } = twoThreadProgram(lists, profile);
  const events: StepEvent[] = [];
  runOnce(program, replayScheduler(parseSchedule(schedule)), (event) => events.push(event));
  const { rows, final } = perform(program.machine, program.initial, events);
  const result = resultOf(final);
  ui.tell(renderResultRun(rows, result, ui.width, ui.style));
  ui.json({ profile, events: events.length, result });
  return 0;
}

function readLists([a, b]: readonly [string, string], setup: string | undefined): TwoLists {
  return { a: readList(a), b: readList(b), setup: setup === undefined ? [] : readList(setup) };
}

function readList(path: string): readonly Operation[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError("E_OPS_FILE", `the list ${shownPath(path)} cannot be read: ${reason}`, error);
  }
  try {
    return parseOperations(text);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    throw new CliError(error.code, `${shownPath(path)}, ${error.message}`, error);
  }
}
