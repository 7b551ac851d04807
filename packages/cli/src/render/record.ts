import type { RunEnding } from "../run/run-once.ts";
import { count } from "./counts.ts";
import { shellWord } from "./shell-word.ts";
import type { Style } from "./style.ts";
import { labelled, printable } from "./wrap.ts";

/** A run that was recorded. */
export interface RecordView {
  readonly scenario: string;
  /** The file as the user named it; absent for the gallery's. */
  readonly file?: string;
  readonly variant: string;
  readonly profile: string;
  readonly seed?: number;
  readonly byHand?: boolean;
  readonly events: number;
  readonly ending: RunEnding;
  readonly schedule: string;
  readonly violations: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly event: number | null;
    readonly message: string;
  }[];
  /** null: nothing was written. */
  readonly trace: string | null;
}

const ENDINGS: Readonly<Record<RunEnding, string>> = {
  finished: "every thread returned",
  stuck: "the threads that are left wait for ever",
  cut: "the run goes on",
};

/** What was recorded. */
export function renderRecord(view: RecordView, width: number, style: Style): string[] {
  const { scenario, variant, seed, byHand, events, ending, schedule, violations, trace } = view;
  const how = byHand === true ? "by hand" : seed === undefined ? "by its schedule" : `by seed ${seed}`;
  const done = trace === null ? "DONE" : "RECORDED";
  return [
    `${style.title(printable(`${scenario} ${variant}`))}  ${done}  ${count(events, "event")} ${how}; ${ENDINGS[ending]}`,
    ...violations.flatMap(({ rule, severity, event, message }) => {
      const where = event === null ? "when it is over" : `at event ${event}`;
      return labelled("breaks", `${rule} (${severity}) ${where}: ${printable(message)}`, width);
    }),
    ...labelled("schedule", schedule, width),
    `replay    ${style.title(`faultline ${replayText(view)}`)}`,
  ];
}

/** The command that does the same run again: from the trace, or without any file from its schedule. */
function replayText({ scenario, file, variant, profile, schedule, trace }: RecordView): string {
  if (trace !== null) return `replay ${shellWord(trace)}`;
  const what = `${shellWord(file ?? scenario)} --variant ${shellWord(variant)} --profile ${profile}`;
  return `record ${what} --schedule ${schedule}`;
}
