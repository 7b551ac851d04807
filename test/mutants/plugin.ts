import { join } from "node:path";
import { loadModule } from "./load-module.ts";
import { pathOf, targetFiles } from "./targets.ts";

const RUNTIME = join(import.meta.dirname, "runtime.ts");

/** A plugin of Vite: the targets' files are loaded with their mutants inside. */
export function mutantSources(): {
  name: string;
  enforce: "pre";
  transform: (code: string, id: string) => Promise<string | undefined>;
} {
  const paths = new Set(targetFiles.map(pathOf));
  let texts: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    name: "faultline-mutants",
    enforce: "pre",
    transform: async (_code, id) => (paths.has(id) ? (await (texts ??= loadTexts())).get(id) : undefined),
  };
}

/** Other tests share this plugin: what makes mutants is loaded only when a target is asked for. */
async function loadTexts(): Promise<ReadonlyMap<string, string>> {
  const { allTexts } = await loadModule<typeof import("./all-texts.ts")>(import.meta.dirname, "/all-texts.ts");
  return allTexts(RUNTIME);
}
