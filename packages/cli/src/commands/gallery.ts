import { gallery as entries } from "@faultline/gallery";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { exploreAll } from "../explore/explore-all.ts";
import { judge } from "../explore/judge.ts";
import { resultOf } from "../explore/result.ts";
import { type GalleryRow, renderGallery } from "../render/gallery.ts";
import { fromGallery } from "../scenario/find-scenario.ts";
import { FindingFiles } from "../trace/finding-files.ts";
import { type ExploreFlags, limitsFrom } from "./explore-flags.ts";

export interface GalleryOptions extends ExploreFlags {
  readonly out: string;
}

/** `faultline gallery`: every bundled race, and whether each variant does what it declares. */
export async function gallery(filter: string | undefined, options: GalleryOptions, ui: Ui): Promise<ExitCode> {
  const limits = limitsFrom(options);
  const wanted = entries.filter(({ id, slug, scenario }) => {
    return `${id} ${slug} ${scenario.title}`.toLowerCase().includes((filter ?? "").toLowerCase());
  });
  if (wanted.length === 0) {
    const there = entries.map(({ id, slug }) => `${id} ${slug}`).join(", ");
    throw new CliError("E_SCENARIO_UNKNOWN", `nothing in the gallery matches ${filter ?? ""}. There are ${there}.`);
  }
  const files = new FindingFiles(options.out);
  const rows: GalleryRow[] = [];
  const variants = wanted
    .map(fromGallery)
    .flatMap((known) => known.scenario.variants.map((variant) => ({ known, variant })));
  for await (const explored of exploreAll(variants, limits, options.jobs, ui.progress)) {
    const { name, slug = "", scenario } = explored.known;
    const result = resultOf(explored, files.write(explored));
    rows.push({ id: name, slug, title: scenario.title, result, judgement: judge(explored) });
  }
  ui.say(renderGallery(rows, ui.width, ui.style).join("\n"));
  const shown = wanted.map(({ id, slug }) => {
    const own = rows.filter((row) => row.id === id).map(({ result }) => [result.variant, result] as const);
    return { id, slug, ...Object.fromEntries(own) };
  });
  ui.json({ entries: shown, ...files.error });
  if (files.failure !== undefined) throw files.failure;
  if (rows.some(({ judgement }) => judgement.outcome === "not-as-declared")) return 1;
  return rows.some(({ judgement }) => judgement.outcome === "undecided") ? 3 : 0;
}
