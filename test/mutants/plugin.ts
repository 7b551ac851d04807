import { join } from "node:path";
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

/** Loads what makes mutants, and with it the compiler, only when a target is asked for: other tests share this plugin. */
async function loadTexts(): Promise<ReadonlyMap<string, string>> {
  const { createViteServer } = await import("vitest/node");
  const server = await createViteServer({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "error",
    server: { middlewareMode: true, hmr: false, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const { allTexts } = (await server.ssrLoadModule("/all-texts.ts")) as typeof import("./all-texts.ts");
    return allTexts(RUNTIME);
  } finally {
    await server.close();
  }
}
