import { join } from "node:path";
import { pathOf, targetFiles } from "./targets.ts";
import { loadModule } from "../mutants/load-module.ts";

const RUNTIME = join(import.meta.dirname, "runtime.ts");

/** A plugin of Vite: the targets' files are loaded with their mutants inside. */
export function callMutantSources(): {
  name: string;
  enforce: "pre";
  transform: (code: string, id: string) => Promise<string | undefined>;
} {
  const paths = new Set(targetFiles.map(pathOf));
  let texts: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    name: "faultline-call-mutants",
    enforce: "pre",
    transform: async (_code, id) => (paths.has(id) ? (await (texts ??= loadTexts())).get(id) : undefined),
  };
}

async function loadTexts(): Promise<ReadonlyMap<string, string>> {
  const { makeCallMutants } = await loadModule<typeof import("./make.ts")>(import.meta.dirname, "/make.ts");
  return makeCallMutants(RUNTIME).texts;
}
