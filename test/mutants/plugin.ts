import { join } from "node:path";
import { loadModule } from "./load-module.ts";
import { type MutantSources, sourcesOf } from "./mutant-sources.ts";
import { targetFiles } from "./targets.ts";

const RUNTIME = join(import.meta.dirname, "runtime.ts");

/** The targets' files, with their mutants. Other tests share this: what makes mutants is loaded only when it is needed. */
export function mutantSources(): MutantSources {
  return sourcesOf("faultline-mutants", targetFiles, async () => {
    const { allTexts } = await loadModule<typeof import("./all-texts.ts")>(import.meta.dirname, "/all-texts.ts");
    return allTexts(RUNTIME);
  });
}
