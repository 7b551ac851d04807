import type { RunEnding } from "../run/run-once.ts";
import { count } from "./counts.ts";
import { shellWord } from "./shell-word.ts";
import type { Style } from "./style.ts";
import { labelled, printable } from "./wrap.ts";

/** A run that was recorded. */
export interface RecordView {
  readonly scenario: string;
  readonly variant: string;
  readonly profile: string;
  readonly seed?: number;
  readonly events: number;
  readonly ending: RunEnding;
  readonly schedule: string;
  readonly violations: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly event: number | null;
    readonly message: string;
  }[];
  readonly trace: string;
}

const ENDINGS: Readonly<Record<RunEnding, string>> = {
  finished: "every thread returned",
  stuck: "the threads that are left wait for ever",
  cut: "the run goes on",
};

/** What was recorded. */
export function renderRecord(view: RecordView, width: number, style: Style): string[] {
  const { scenario, variant, seed, events, ending, schedule, violations, trace } = view;
  const how = seed === undefined ? "by its schedule" : `by seed ${seed}`;
  return [
    `${style.title(printable(`${scenario} ${variant}`))}  RECORDED  ${count(events, "event")} ${how}; ${ENDINGS[ending]}`,
    ...violations.flatMap(({ rule, severity, event, message }) => {
      const where = event === null ? "when it is over" : `at event ${event}`;
      return labelled("breaks", `${rule} (${severity}) ${where}: ${printable(message)}`, width);
    }),
    ...labelled("schedule", schedule, width),
    `replay    ${style.title(`faultline replay ${shellWord(trace)}`)}`,
  ];
}
