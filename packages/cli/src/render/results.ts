import { type ConcurrentResult, resultText } from "@faultline/oracle";
import type { ResultsView } from "../commands/results.ts";
import type { Row } from "../run/row.ts";
import { renderColumns } from "./columns.ts";
import { count } from "./counts.ts";
import { namesFrom } from "./names.ts";
import type { Style } from "./style.ts";
import { labelled, wrap } from "./wrap.ts";

/** Every result with its shortest run; first of all how many there are. */
export function renderResults(view: ResultsView, width: number, style: Style): string[] {
  const { results, complete, stopped, profile, states, transitions, broken } = view;
  const many = count(results.length, "result");
  const head = complete ? style.good(many) : style.bad(`${many}, there may be more: ${stopped ?? ""}`);
  return [
    `${head} on ${profile}; ${count(states, "state")}, ${count(transitions, "transition")}`,
    ...results.flatMap((one, i) => [
      "",
      ...wrap(`${i + 1}  ${resultText(one)}`, width, "   "),
      ...labelled("   run", `${count(one.switches, "switch", "switches")}, ${count(one.events, "event")}`, width, 14),
      ...labelled("   schedule", one.schedule, width, 14),
    ]),
    ...broken.flatMap(({ rule, severity, message }) => [
      "",
      ...labelled("breaks", `${rule} (${severity}): ${message}`, width),
    ]),
  ];
}

/** One run in columns, and how it ends. */
export function renderResultRun(rows: readonly Row[], result: ConcurrentResult, width: number, style: Style): string[] {
  return [
    ...wrap(resultText(result), width, "  "),
    "",
    ...renderColumns({ tasks: [1, 2], nameOf: namesFrom(["setup", "A", "B"]), rows, marks: new Map(), width, style }),
  ];
}
