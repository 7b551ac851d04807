import { join } from "node:path";
import { makeMutants } from "./make.ts";
import { withMutants } from "./schemata.ts";
import { pathOf, readSources } from "./sites.ts";
import { targetFiles } from "./targets.ts";

const RUNTIME = join(import.meta.dirname, "runtime.ts");

/** A plugin of Vite: the targets' files are loaded with their mutants inside. */
export function mutantSources(): {
  name: string;
  enforce: "pre";
  transform: (code: string, id: string) => string | undefined;
} {
  let texts: ReadonlyMap<string, string> | undefined;
  return {
    name: "faultline-mutants",
    enforce: "pre",
    transform: (_code, id) => (texts ??= allTexts()).get(id),
  };
}

function allTexts(): ReadonlyMap<string, string> {
  const sources = readSources();
  const made = makeMutants(sources);
  return new Map(
    targetFiles.map((file) => {
      const units = sources.units.filter((unit) => unit.file === file);
      return [pathOf(file), withMutants(units, made, RUNTIME)];
    }),
  );
}
