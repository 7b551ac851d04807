import type { ModelSize } from "../bench/model-size.ts";
import { count, grouped } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

/** How many steps procedures have, and how many components a state has at most. */
export function renderModelSize({ procedures, components }: ModelSize, style: Style): string[] {
  const sorted = [...procedures].sort((a, b) => a.steps - b.steps);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const most = sorted.at(-1);
  const total = procedures.reduce((sum, { steps }) => sum + steps, 0);
  const [head = "", ...rows] = renderTable(
    ["scenario", "components at most"],
    components.map((row) => [row.scenario, grouped(row.components)]),
    new Set([1]),
  );
  return [
    style.title("size of the model"),
    `${count(procedures.length, "procedure")} mention ${count(total, "step")} of their own: ` +
      `${middle?.steps ?? 0} in the middle, ${most?.steps ?? 0} at most (${most?.name ?? ""})`,
    style.faint(head),
    ...rows,
  ];
}
