import type { Lasso } from "@faultline/interleave";
import type { Row } from "../run/row.ts";
import { renderColumns } from "./columns.ts";
import { count } from "./counts.ts";
import type { Style } from "./style.ts";
import type { NameOf } from "./value-text.ts";
import { labelled, printable } from "./wrap.ts";

/** A livelock or starvation, with the run that goes to it and once round. */
export interface LassoView {
  readonly lasso: Lasso;
  readonly tasks: readonly number[];
  readonly nameOf: NameOf;
  /** What there is when the threads start; empty: nothing that needs saying. */
  readonly start: string;
  /** Stem and loop, numbered through. */
  readonly rows: readonly Row[];
}

/** What goes on for ever, what says that it must not, and the run: its stem, and its loop set off between two lines. */
export function renderLasso(view: LassoView, width: number, style: Style): string[] {
  const { lasso, tasks, nameOf, start, rows } = view;
  const { rule, severity, message } = lasso.violation;
  const first = lasso.stem.length;
  const breaks = new Map([
    [first, "loop: for ever"],
    [rows.length, `loop: on with event ${first} again`],
  ]);
  return [
    `${style.bad(rule.name)}  ${severity} ${lasso.kind}`,
    ...labelled("what", printable(message), width),
    ...labelled("rule", rule.wording, width),
    ...labelled("source", rule.source, width),
    ...(start === "" ? [] : labelled("start", printable(start), width)),
    ...labelled("run", sizeText(lasso), width),
    "",
    ...renderColumns({ tasks, nameOf, rows, marks: new Map(), breaks, width, style }),
  ];
}

function sizeText({ stem, loop, minimal }: Lasso): string {
  const size = `${count(stem.length, "event")}, then ${loop.length} for ever`;
  return minimal ? `${size}: no run that shows it has fewer in all` : `${size}; a shorter one may exist`;
}
