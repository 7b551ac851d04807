import { corpus, measureCoverage, readUniverse } from "@faultline/gallery";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { readModelSources } from "../coverage/model-sources.ts";
import { renderCoverage, renderTotals } from "../render/coverage.ts";

/** `faultline coverage`: which steps, knob values and rules of the model the bundled scenarios reach. */
export function coverage(filter: string | undefined, ui: Ui): ExitCode {
  const wanted = corpus.filter(({ id, scenario }) => {
    return `${id} ${scenario.title}`.toLowerCase().includes((filter ?? "").toLowerCase());
  });
  if (wanted.length === 0) {
    const there = corpus.map(({ id }) => id).join(", ");
    throw new CliError("E_SCENARIO_UNKNOWN", `nothing in the corpus matches ${filter ?? ""}. There are ${there}.`);
  }
  const found = measureCoverage(readUniverse(readModelSources()), wanted, ({ item }) => ui.progress(item.id));
  ui.progress(undefined);
  const { width, style } = ui;
  ui.print([...renderCoverage(found, width, style), ""].join("\n"));
  ui.say(renderTotals(found, width, style).join("\n"));
  ui.json(found);
  return found.uncovered.length === 0 ? 0 : 1;
}
