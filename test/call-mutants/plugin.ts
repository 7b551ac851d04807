import { join } from "node:path";
import { loadModule } from "../mutants/load-module.ts";
import { type MutantSources, sourcesOf } from "../mutants/mutant-sources.ts";
import { targetFiles } from "./targets.ts";

const RUNTIME = join(import.meta.dirname, "runtime.ts");

/** The targets' files, with their mutants. */
export function callMutantSources(): MutantSources {
  return sourcesOf("faultline-call-mutants", targetFiles, async () => {
    const { makeCallMutants } = await loadModule<typeof import("./make.ts")>(import.meta.dirname, "/make.ts");
    return makeCallMutants(RUNTIME).texts;
  });
}
