import { profile as profileOf } from "@faultline/mm";
import { readWindow } from "@faultline/trace";
import { basename } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { exploreVariant } from "../explore/explore-variant.ts";
import { findingViews } from "../explore/finding-views.ts";
import { resultOf } from "../explore/result.ts";
import { renderFinding } from "../render/finding.ts";
import { renderVerdict } from "../render/verdict.ts";
import { renderWindow } from "../render/window.ts";
import { FindingFiles } from "../trace/finding-files.ts";
import { generationFrom, knobsFrom } from "../window/kernel-options.ts";
import { openWindowTrace } from "../window/open-window-trace.ts";
import { Outcomes } from "../window/outcomes.ts";
import { askedWindow, eventsOf } from "../window/window-range.ts";
import { windowResult } from "../window/window-result.ts";
import { type LeftOff, windowScenario } from "../window/window-scenario.ts";
import { limitsFrom } from "./explore-flags.ts";
import type { CheckOptions } from "./check.ts";

/** `faultline check --from`: what else could have happened in a window of a trace. */
export async function checkWindow(path: string, options: CheckOptions, ui: Ui): Promise<ExitCode> {
  const asked = askedWindow(options.window, options.lines);
  refuseStrays(options);
  const limits = limitsFrom(options);
  const source = await openWindowTrace(path, ui.progress);
  const { trace } = source;
  try {
    const range = eventsOf(trace, asked, path);
    const recordedKnobs = { ...source.profile.knobs, ...source.knobs };
    const window = readWindow(trace, range, source.profile, recordedKnobs);
    if (window.tasks.length === 0) {
      throw new CliError(
        "E_WINDOW_EMPTY",
        `no task does anything in events ${range.first} to ${range.last} of ${path}.`,
      );
    }
    const profile = options.profile === undefined ? source.profile : profileOf(options.profile);
    const given = options.knob ?? [];
    const unchanged = profile === source.profile && given.length === 0;
    const base = profile === source.profile ? window.under.kernel.knobs : profile.knobs;
    const kernel = {
      profile,
      knobs: unchanged ? window.under.kernel.knobs : knobsFrom(given, base),
      generation: generationFrom(options.generation, window.under.generation),
    };
    const outcomes = new Outcomes();
    const left: LeftOff = new Set();
    const variant = `${asked.unit} ${asked.first}-${asked.last}`;
    const name = basename(path).replace(/(\.txt|\.trace|\.fltrace|\.report)?(\.gz)?$/, "");
    const title = `what else could have happened in ${variant} of ${path}`;
    const known = windowScenario(window, kernel, { name, variant, title }, outcomes, left);
    const explored = await exploreVariant(known, variant, limits, (passed) => {
      ui.progress(`${name}: ${passed.toFixed(0)} s`);
    });
    ui.progress(undefined);
    const files = new FindingFiles(options.out);
    const result = resultOf(explored, files.write(explored));
    const threads = explored.instance.program.threads;
    const nameOf = (task: number): string => threads.find((one) => one.task === task)?.name ?? `task ${task}`;
    const where = { trace: path, asked, profile: source.profile.name };
    const told = windowResult(window, where, kernel, given, nameOf, outcomes, left);
    ui.tell([...renderVerdict(result, ui.width, ui.style), ...renderWindow(told, result, ui.width), ""]);
    for (const view of findingViews(explored, result)) {
      ui.print([...renderFinding(view, ui.width, ui.style), ""].join("\n"));
    }
    ui.json({ results: [{ ...result, window: told }], ...files.error });
    if (files.failure !== undefined) throw files.failure;
    if (result.verdict === "violation") return 1;
    return result.verdict === "inconclusive" ? 3 : 0;
  } finally {
    trace.close();
  }
}

function refuseStrays(options: CheckOptions): void {
  const strays: readonly (readonly [option: string, given: boolean])[] = [
    ["--variant", options.variant !== undefined],
    ["--resume", options.resume !== undefined],
    ["--ablate", options.ablate === true],
    ["--explain", options.explain === true],
    ["--all", options.all === true],
    ["--engine random", options.engine === "random"],
  ];
  const stray = strays.find(([, given]) => given);
  if (stray !== undefined) throw new CliError("E_USAGE", `${stray[0]} goes with a scenario, not with --from.`);
}
