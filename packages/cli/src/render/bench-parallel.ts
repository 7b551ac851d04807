import type { Parallel } from "../bench/parallel.ts";
import { count, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const HEAD = ["threads", "seconds", "user"];

/** What several cores gain. */
export function renderParallel({ jobs, runs, speedup, same }: Parallel, width: number, style: Style): string[] {
  const about = `${count(jobs, "piece")} of independent work, ablations and cells of the scaling scenario, on one thread and on several.`;
  const cells = runs.map(({ workers, seconds, userSeconds }) => [
    String(workers),
    secondsText(seconds),
    secondsText(userSeconds),
  ]);
  const [head = "", ...lines] = renderTable(HEAD, cells, new Set(HEAD.keys()));
  return [
    ...wrap(about, width),
    "",
    style.faint(head),
    ...lines,
    "",
    `x${speedup.toFixed(2)}; ${same ? "every result is the same" : style.bad("RESULTS DIFFER")}`,
  ];
}
