import type { Ref, Snapshot } from "@faultline/mm";
import type { Row } from "../run/row.ts";
import { componentText } from "./change-text.ts";
import { stepText } from "./step-text.ts";
import type { Style } from "./style.ts";
import type { NameOf } from "./value-text.ts";
import { labelled, printable, wrap } from "./wrap.ts";

/** One event with the states around it. */
export interface StateView {
  readonly number: number;
  readonly row: Row;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Whether the components that did not change are shown too. */
  readonly full: boolean;
  readonly nameOf: NameOf;
}

interface Line {
  readonly key: string;
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
}

/** The state before and after an event: the components that it changed, or all of them. */
export function renderState(view: StateView, width: number, style: Style): string[] {
  const { number, row, nameOf } = view;
  const { event, outcome, violations, reads } = row;
  const lines = linesOf(view);
  const read = [...reads].filter((key) => !lines.some(({ key: changed }) => changed === key));
  return [
    ...wrap(`event ${number}, ${nameOf(event.task)}: ${stepText(event, outcome)}`, width, "    ").map(style.title),
    ...violations.flatMap(({ rule, severity, message }) => {
      return labelled("breaks", `${rule.name} (${severity}): ${printable(message)}`, width).map(style.bad);
    }),
    ...(read.length === 0 || view.full ? [] : labelled("reads", printable(read.join(", ")), width)),
    "",
    ...(lines.length === 0
      ? ["It changes nothing."]
      : table(lines, ["before", view.full ? "after, where it changed" : "after"], width, style)),
  ];
}

/** Two states: the components in which they differ, under these headings. Empty when there are none. */
export function renderStateDifference(
  states: Pick<StateView, "before" | "after" | "nameOf">,
  heads: readonly [left: string, right: string],
  width: number,
  style: Style,
): string[] {
  const lines = linesOf({ ...states, full: false });
  return lines.length === 0 ? [] : table(lines, heads, width, style);
}

function table(
  lines: readonly Line[],
  [left, right]: readonly [left: string, right: string],
  width: number,
  style: Style,
): string[] {
  const keys = Math.min(40, Math.max(9, ...lines.map(({ key }) => key.length)));
  const room = Math.max(12, Math.floor((width - keys - 6) / 2));
  return [
    style.title(`  ${["component".padEnd(keys), left.padEnd(room), right].join("  ")}`),
    ...lines.flatMap((line) => tableRow(line, keys, room, style)),
  ];
}

function linesOf({ before, after, full, nameOf }: Pick<StateView, "before" | "after" | "full" | "nameOf">): Line[] {
  const refs = full
    ? [...new Set([...before.entries(), ...after.entries()].map(([ref]) => ref))]
    : before.diff(after).map(({ ref }) => ref);
  const changed = new Set(before.diff(after).map(({ ref }) => ref));
  const text = (state: Snapshot, ref: Ref): string => componentText(ref, state.get(ref), nameOf);
  return refs
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((ref) => ({
      key: printable(ref.key),
      before: text(before, ref),
      after: changed.has(ref) ? text(after, ref) : "",
      changed: changed.has(ref),
    }));
}

function tableRow({ key, before, after, changed }: Line, keys: number, room: number, style: Style): string[] {
  // What does not change may use both columns.
  const [left, right] = [wrap(before, changed ? room : 2 * room + 2), wrap(after, room)];
  const names = wrap(key, keys);
  return Array.from({ length: Math.max(names.length, left.length, right.length) }, (_, i) => {
    const cells = [(names[i] ?? "").padEnd(keys), (left[i] ?? "").padEnd(room), right[i] ?? ""];
    const text = `${i === 0 && changed ? "* " : "  "}${cells.join("  ")}`.trimEnd();
    return changed ? style.changed(text) : text;
  });
}
