import { makeMutants } from "./make.ts";
import { withMutants } from "./schemata.ts";
import { readSources } from "./sites.ts";
import { pathOf } from "./target.ts";
import { targetFiles } from "./targets.ts";

/**
 * Every target's file with its mutants inside, by its absolute path. Takes seconds: call it once.
 * @param runtime what the import of the mutants' runtime names
 */
export function allTexts(runtime: string): ReadonlyMap<string, string> {
  const sources = readSources();
  const made = makeMutants(sources);
  return new Map(
    targetFiles.map((file) => {
      const units = sources.units.filter((unit) => unit.file === file);
      return [pathOf(file), withMutants(units, made, runtime)];
    }),
  );
}
