import type { PlacedEvent, TraceDifference } from "@faultline/trace";
import { count, grouped } from "./counts.ts";
import { stepText } from "./step-text.ts";
import type { Style } from "./style.ts";
import { type NameOf, valueText } from "./value-text.ts";
import { labelled, printable } from "./wrap.ts";

/** Components of two states that the text shows. */
const SHOWN = 12;

/** Two traces held against each other. */
export interface DiffView {
  readonly left: string;
  readonly right: string;
  readonly found: TraceDifference;
  readonly events: readonly [left: number, right: number];
  readonly nameOf: NameOf;
}

/** Where two traces differ, task by task. */
export function renderTraceDifference(view: DiffView, width: number, style: Style): string[] {
  const { left, right, found, events, nameOf } = view;
  const { verdict, prefix, tasks, order, initial, final } = found;
  return [
    `${style.title(`${printable(left)} and ${printable(right)}`)}  ${verdictText(verdict, style)}`,
    ...labelled("left", count(events[0], "event"), width),
    ...labelled("right", count(events[1], "event"), width),
    ...(verdict === "same" ? [] : labelled("together", `the first ${count(prefix, "event")}, in this order`, width)),
    ...tasks.flatMap(({ task, common, left: a, right: b, events: [ours, theirs] }) => {
      const sizes = `${grouped(common)} the same of ${grouped(ours)} and ${grouped(theirs)}`;
      return [
        ...labelled("task", `${nameOf(task)}: ${sizes}`, width),
        ...labelled("  left", a === null ? "is done" : eventText(a), width),
        ...labelled("  right", b === null ? "is done" : eventText(b), width),
      ];
    }),
    ...(order === null || verdict === "differ" ? [] : orderLines(order, nameOf, width)),
    ...componentLines("start", initial, width),
    ...componentLines("end", final, width),
  ];
}

function verdictText(verdict: TraceDifference["verdict"], style: Style): string {
  switch (verdict) {
    case "same":
      return `${style.good("SAME")}  event by event`;
    case "equivalent":
      return `${style.good("EQUIVALENT")}  only independent events are in another order`;
    case "order":
      return `${style.bad("ORDER")}  every task does the same, and dependent events are in another order`;
    case "differ":
      return `${style.bad("DIFFER")}  a task does something else`;
  }
}

function orderLines(
  { left, right, component }: NonNullable<TraceDifference["order"]>,
  nameOf: NameOf,
  width: number,
): string[] {
  const met = (event: PlacedEvent): string => {
    const [writer = "", ...readers] = (event.context.get(component) ?? "").split(" ");
    const name = (id: string): string => {
      const [task = "", index = ""] = id.split(".");
      return `event ${index} of ${nameOf(Number(task))}`;
    };
    const since = readers.length === 0 ? "" : `, read since by ${readers.map(name).join(", ")}`;
    return `${writer === "" ? "as it was at the start" : `as ${name(writer)} left it`}${since}`;
  };
  return [
    ...labelled("order", `${nameOf(left.task)}: ${eventText(left)} meets ${printable(component)}`, width),
    ...labelled("  left", met(left), width),
    ...labelled("  right", met(right), width),
  ];
}

function eventText({ number, recorded: { event, status, result } }: PlacedEvent): string {
  return `event ${number}: ${stepText(event, { status, result })}`;
}

function componentLines(label: string, differences: TraceDifference["final"], width: number): string[] {
  const shown = differences.slice(0, SHOWN).map(({ key, recorded, computed }) => {
    const text = (value: typeof recorded): string => (value === undefined ? "initial" : valueText(value));
    return `${printable(key)} ${text(recorded)} / ${text(computed)}`;
  });
  const more = differences.length > SHOWN ? [`and ${count(differences.length - SHOWN, "more", "more")}`] : [];
  return shown.length === 0 ? [] : labelled(label, [...shown, ...more].join("; "), width);
}
