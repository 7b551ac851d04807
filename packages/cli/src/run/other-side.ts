import type { Row } from "./row.ts";

/** The step that a violating step collided with. */
export interface OtherSide {
  readonly row: Row;
  /** What it wrote and the other read. */
  readonly components: readonly string[];
}

/** The last step of another task before `at` that changed a component which the step there read. */
export function otherSideOf(rows: readonly Row[], at: number): OtherSide | undefined {
  const { event, reads } = rows[at]!;
  return lastChange(rows.slice(0, at), reads, event.task);
}

/** The last step that changed one of these components; `except` is a task that does not count. */
export function lastChange(rows: readonly Row[], keys: ReadonlySet<string>, except?: number): OtherSide | undefined {
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]!;
    if (row.event.task === except) continue;
    const components = row.changes.map(({ ref }) => ref.key).filter((key) => keys.has(key));
    if (components.length > 0) return { row, components };
  }
  return undefined;
}
