import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { readCheckpoint, writeCheckpoint } from "../checkpoint/checkpoint-files.ts";
import { ablateVariant } from "../explore/ablate-variant.ts";
import { withAllPairs } from "../explore/all-pairs.ts";
import { explainFindings } from "../explore/explain-findings.ts";
import { exploreAll } from "../explore/explore-all.ts";
import { type Explored, timeLeft } from "../explore/explore-variant.ts";
import { findingViews } from "../explore/finding-views.ts";
import { judge } from "../explore/judge.ts";
import { resultOf, type VariantResult } from "../explore/result.ts";
import { renderAblations } from "../render/ablations.ts";
import { renderFinding } from "../render/finding.ts";
import { renderHead, renderVerdict } from "../render/verdict.ts";
import { findScenario, flagship } from "../scenario/find-scenario.ts";
import type { KnownScenario } from "../scenario/known-scenario.ts";
import { FindingFiles } from "../trace/finding-files.ts";
import { type ExploreFlags, limitsFrom } from "./explore-flags.ts";

export interface CheckOptions extends ExploreFlags {
  readonly variant?: string;
  /** A checkpoint's path. */
  readonly resume?: string;
  readonly out: string;
  /** One finding per rule and pair of steps. */
  readonly all?: boolean;
  readonly explain?: boolean;
  readonly ablate?: boolean;
  /** A trace, of which a window is explored instead of a scenario. */
  readonly from?: string;
  readonly window?: string;
  readonly lines?: string;
  readonly knob?: readonly string[];
  readonly generation?: string;
}

/**
 * `faultline check`: explores every ordering of the scenarios named, or of the flagship.
 * Without a scenario the question is whether every variant does what it declares; with one, whether a rule is broken.
 */
export async function check(names: readonly string[], options: CheckOptions, ui: Ui): Promise<ExitCode> {
  if (options.from !== undefined) {
    if (names.length > 0) throw new CliError("E_USAGE", "--from takes the place of a scenario: name one or the other.");
    return (await import("./check-window.ts")).checkWindow(options.from, options, ui);
  }
  const stray = (["window", "lines", "knob", "generation"] as const).find((name) => options[name] !== undefined);
  if (stray !== undefined) throw new CliError("E_USAGE", `--${stray} goes with --from, which names a trace.`);
  const resume = options.resume === undefined ? undefined : readCheckpoint(options.resume);
  const limits = { ...limitsFrom(options), ...(resume === undefined ? {} : { resume }) };
  const scenarios = names.length === 0 ? [flagship()] : await inOrder(names, findScenario);
  const files = new FindingFiles(options.out);
  const all: Explored[] = [];
  const results: VariantResult[] = [];
  const variants = scenarios.flatMap((known) =>
    variantsOf(known, options.variant ?? resume?.subject.variant).map((variant) => ({ known, variant })),
  );
  for await (const found of exploreAll(variants, limits, options.jobs, ui.progress)) {
    const expired = timeLeft(found);
    const explored = options.all === true ? withAllPairs(found, expired) : found;
    const plain = resultOf(explored, files.write(explored), writeCheckpoint(explored, options.out));
    const result = options.explain === true ? withExplanations(plain, explainFindings(explored, expired)) : plain;
    report(explored, result, ui, results.at(-1)?.scenario !== result.scenario);
    all.push(explored);
    results.push(options.ablate === true ? await withAblations(explored, result, options.jobs, ui) : result);
  }
  ui.json({ results, ...files.error });
  if (files.failure !== undefined) throw files.failure;
  return names.length === 0 ? exitForDeclared(all, ui) : exitForFindings(results);
}

function withExplanations(result: VariantResult, explanations: ReturnType<typeof explainFindings>): VariantResult {
  const violations = result.violations.map((one, i) => ({ ...one, explanation: explanations[i] ?? null }));
  return { ...result, violations };
}

async function withAblations(
  explored: Explored,
  result: VariantResult,
  jobs: number | undefined,
  ui: Ui,
): Promise<VariantResult> {
  const table = await ablateVariant(explored, jobs, (what) => {
    ui.progress(`${result.scenario} ${result.variant}: ${what}`);
  });
  ui.progress(undefined);
  ui.print([...renderAblations(table, result, ui.width, ui.style), ""].join("\n"));
  return { ...result, ablations: table.rows, ablationsStopped: table.stopped };
}

function variantsOf({ scenario }: KnownScenario, wanted: string | undefined): readonly string[] {
  return wanted === undefined ? scenario.variants : [wanted];
}

function report(explored: Explored, result: VariantResult, ui: Ui, first: boolean): void {
  const { width, style } = ui;
  if (first) ui.print([...renderHead(result, width, style), ""].join("\n"));
  ui.tell([...renderVerdict(result, width, style), ""]);
  for (const view of findingViews(explored, result)) ui.print([...renderFinding(view, width, style), ""].join("\n"));
}

/** Violations outweigh what was left open: they are certain. */
function exitForFindings(results: readonly VariantResult[]): ExitCode {
  if (results.some(({ verdict }) => verdict === "violation")) return 1;
  return results.some(({ verdict }) => verdict === "inconclusive") ? 3 : 0;
}

function exitForDeclared(all: readonly Explored[], ui: Ui): ExitCode {
  const judged = all.map((explored) => ({ explored, ...judge(explored) }));
  const lines = judged.map(({ explored, outcome, reason }) => {
    const name = `${explored.known.name} ${explored.instance.variant}`;
    return `${name}: ${outcome === "as-declared" ? "as declared" : `not as declared: ${reason}`}`;
  });
  ui.print(lines.join("\n"));
  if (judged.some(({ outcome }) => outcome === "not-as-declared")) return 1;
  return judged.some(({ outcome }) => outcome === "undecided") ? 3 : 0;
}

async function inOrder<A, B>(items: readonly A[], action: (item: A) => Promise<B>): Promise<B[]> {
  const done: B[] = [];
  for (const item of items) done.push(await action(item));
  return done;
}
