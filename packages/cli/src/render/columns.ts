import type { Row } from "../run/row.ts";
import { changeText, isTelling } from "./change-text.ts";
import { stepText } from "./step-text.ts";
import type { Style } from "./style.ts";
import type { NameOf } from "./value-text.ts";
import { printable, wrap } from "./wrap.ts";

/** A run to be drawn with a column per thread. */
export interface Columns {
  /** The tasks that have a column, in order. */
  readonly tasks: readonly number[];
  readonly nameOf: NameOf;
  readonly rows: readonly Row[];
  /** What to say below a row, by its number; such a row is marked. */
  readonly marks: ReadonlyMap<number, readonly string[]>;
  /** Rows of their own before the row of this number; the number past the last row's means the end. */
  readonly breaks?: ReadonlyMap<number, string>;
  readonly width: number;
  readonly style: Style;
}

const MIN_COLUMN = 30;
const GAP = 2;

/**
 * Draws a run: rows in order of execution, each in the column of its thread with its number, the components it changed
 * below it, and a row for every switch. With more threads than there is room for, one column with names in it.
 */
export function renderColumns(run: Columns): string[] {
  const { rows, tasks, width } = run;
  const digits = Math.max(2, String(rows.at(-1)?.number ?? 0).length);
  const left = digits + 4;
  const column = Math.floor((width - left - GAP * (tasks.length - 1)) / tasks.length);
  return column >= MIN_COLUMN || tasks.length === 1 ? inColumns(run, digits, column) : inOneColumn(run, digits);
}

function inColumns({ tasks, nameOf, rows, marks, breaks, style }: Columns, digits: number, column: number): string[] {
  const offset = (task: number): string => " ".repeat(Math.max(0, tasks.indexOf(task)) * (column + GAP));
  const margin = " ".repeat(digits + 4);
  const heads = tasks.map((task) =>
    nameOf(task)
      .slice(0, column)
      .padEnd(column + GAP),
  );
  const rule = tasks.map(() => "─".repeat(column)).join(" ".repeat(GAP));
  const lines = [margin + style.title(heads.join("").trimEnd()), margin + style.faint(rule)];
  rows.forEach((row, i) => {
    const { task } = row.event;
    const before = rows[i - 1]?.event.task;
    if (before !== undefined && before !== task) lines.push(margin + offset(before) + style.faint("-- switch --"));
    lines.push(...breakAt(breaks, row.number, margin, style));
    cellOf(row, nameOf, column, style, marks.get(row.number)).forEach((cell, j) => {
      lines.push((j === 0 ? gutter(row, marks, digits, style) : margin) + offset(task) + cell);
    });
  });
  return [...lines, ...breakAt(breaks, (rows.at(-1)?.number ?? -1) + 1, margin, style)];
}

function inOneColumn({ tasks, nameOf, rows, marks, breaks, style, width }: Columns, digits: number): string[] {
  const names = Math.min(24, Math.max(...tasks.map((task) => nameOf(task).length)));
  const margin = " ".repeat(digits + 4);
  const room = width - margin.length - names - GAP;
  const lines: string[] = [];
  rows.forEach((row, i) => {
    const { task } = row.event;
    const before = rows[i - 1]?.event.task;
    if (before !== undefined && before !== task) lines.push(margin + style.faint("-- switch --"));
    lines.push(...breakAt(breaks, row.number, margin, style));
    const name = nameOf(task)
      .slice(0, names)
      .padEnd(names + GAP);
    cellOf(row, nameOf, room, style, marks.get(row.number)).forEach((cell, j) => {
      const first = gutter(row, marks, digits, style) + style.title(name);
      lines.push((j === 0 ? first : margin + " ".repeat(names + GAP)) + cell);
    });
  });
  return [...lines, ...breakAt(breaks, (rows.at(-1)?.number ?? -1) + 1, margin, style)];
}

function breakAt(breaks: Columns["breaks"], number: number, margin: string, style: Style): string[] {
  const text = breaks?.get(number);
  return text === undefined ? [] : [margin + style.bad(`-- ${printable(text)} --`)];
}

function gutter({ number }: Row, marks: Columns["marks"], digits: number, style: Style): string {
  const text = String(number).padStart(digits);
  return marks.has(number) ? style.bad(`> ${text}  `) : `  ${style.faint(text)}  `;
}

function cellOf(row: Row, nameOf: NameOf, room: number, style: Style, mark: readonly string[] = []): string[] {
  const from = row.line === undefined ? "" : ` (line ${row.line})`;
  const step = wrap(stepText(row.event, row.outcome) + from, room, "    ");
  const changes = row.changes
    .filter(isTelling)
    .flatMap((change) => wrap(changeText(change, nameOf), room, "    ", "  "))
    .map(style.changed);
  const told = mark.flatMap((text) => wrap(printable(text), room, "  ", "^")).map(style.bad);
  return [...(mark.length > 0 ? step.map(style.bad) : step), ...changes, ...told];
}
