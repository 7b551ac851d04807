import type { Snapshot, Value } from "@faultline/mm";
import { stepText } from "../render/step-text.ts";
import type { NameOf } from "../render/value-text.ts";
import type { Row } from "../run/row.ts";

/** A row as `--json` shows it. */
export function rowJson({ number, event, outcome, changes, violations, line }: Row, nameOf: NameOf): object {
  return {
    event: number,
    task: event.task,
    thread: nameOf(event.task),
    op: event.op,
    args: event.args,
    ...(event.choice === undefined ? {} : { choice: event.choice }),
    status: outcome.status,
    result: outcome.result,
    text: stepText(event, outcome),
    changes: changes.map(({ ref, before, after }) => ({ component: ref.key, before, after })),
    violations: violations.map(({ rule, severity, object, message }) => {
      return { rule: rule.name, severity, object, message };
    }),
    ...(line === undefined ? {} : { line }),
  };
}

/** A state as `--json` shows it: the components that differ from their initial value. */
export function stateJson(state: Snapshot): Readonly<Record<string, Value>> {
  return Object.fromEntries(state.toPlain());
}
