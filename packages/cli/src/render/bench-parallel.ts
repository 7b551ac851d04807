import type { Parallel } from "../bench/parallel.ts";
import { count, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./wrap.ts";

const HEAD = ["threads", "cores", "seconds", "user", ""];

const NOT_PINNED =
  "A run was not held to cores (that takes Linux, and util-linux' taskset): V8 compiles and collects garbage on " +
  "threads of its own, so that one thread is more than one core.";

/** What several cores gain. */
export function renderParallel({ jobs, rounds, speedup, same }: Parallel, width: number, style: Style): string[] {
  const about = `${count(jobs, "piece")} of independent work, ablations and cells of the scaling scenario, on one thread and on several.`;
  const runs = rounds.flatMap((round) => round.runs);
  const cells = rounds.flatMap(({ runs: pair, speedup: gained }) =>
    pair.map(({ workers, cores, seconds, userSeconds }, index) => [
      String(workers),
      cores === null ? "any" : cores.join(", "),
      secondsText(seconds),
      secondsText(userSeconds),
      index === 0 ? "" : times(gained),
    ]),
  );
  const [head = "", ...lines] = renderTable(HEAD, cells, new Set(HEAD.keys()));
  return [
    ...wrap(about, width),
    "",
    style.faint(head),
    ...lines,
    "",
    ...(runs.every(({ cores }) => cores !== null) ? [] : [...wrap(NOT_PINNED, width), ""]),
    `${times(speedup)}${rounds.length === 1 ? "" : ", the median"}; ${same ? "every result is the same" : style.bad("RESULTS DIFFER")}`,
  ];
}

function times(factor: number): string {
  return `x${factor.toFixed(2)}`;
}
