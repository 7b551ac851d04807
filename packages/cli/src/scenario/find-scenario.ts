import { FLAGSHIP, gallery, type GalleryEntry } from "@faultline/gallery";
import { CliError } from "../command-line/cli-error.ts";
import type { KnownScenario } from "./known-scenario.ts";
import { nearest } from "./nearest.ts";

/** The race that is explored when nothing is named. */
export function flagship(): KnownScenario {
  return fromGallery(gallery.find(({ id }) => id === FLAGSHIP)!);
}

/** An entry as scenarios are handed around. */
export function fromGallery({ id, slug, scenario }: GalleryEntry): KnownScenario {
  return { name: id, slug, file: undefined, scenario };
}

/**
 * The scenario that a user names: by its gallery id or slug, or by the path of a file.
 * @throws CliError that lists what there is
 */
export async function findScenario(named: string): Promise<KnownScenario> {
  const wanted = named.toLowerCase();
  const entry = gallery.find(({ id, slug }) => id.toLowerCase() === wanted || slug === wanted);
  if (entry !== undefined) return fromGallery(entry);
  if (looksLikePath(named)) {
    // Most runs need no files: what reads them is loaded when one is named.
    const { loadScenarioFile } = await import("./load-scenario-file.ts");
    return loadScenarioFile(named);
  }
  throw unknownScenario(named);
}

function looksLikePath(named: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(named);
}

function unknownScenario(named: string): CliError {
  const guess = nearest(
    named,
    gallery.flatMap(({ id, slug }) => [id, slug]),
  );
  const width = Math.max(...gallery.map(({ id }) => id.length));
  const list = gallery.map(({ id, slug }) => `  ${id.padEnd(width)}  ${slug}`).join("\n");
  return new CliError(
    "E_SCENARIO_UNKNOWN",
    `no scenario is called ${named}.${guess === undefined ? "" : ` Did you mean ${guess}?`} ` +
      `There are these, or name a file: ./mine.ts\n${list}`,
  );
}
