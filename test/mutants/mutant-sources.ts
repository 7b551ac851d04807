import { pathOf } from "./target.ts";

/** A plugin of Vite that loads files of packages/mm/src with their mutants inside. */
export interface MutantSources {
  readonly name: string;
  readonly enforce: "pre";
  readonly transform: (code: string, id: string) => Promise<string | undefined>;
}

/**
 * @param files relative to packages/mm/src
 * @param loadTexts their texts, by absolute path: asked for once, and only when one of them is loaded
 */
export function sourcesOf(
  name: string,
  files: readonly string[],
  loadTexts: () => Promise<ReadonlyMap<string, string>>,
): MutantSources {
  const paths = new Set(files.map(pathOf));
  let texts: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    name,
    enforce: "pre",
    // The same mutants are in a source and in its counterpart in direct style.
    transform: async (_code, id) => {
      const path = id.replace(/\?direct$/u, "");
      return paths.has(path) ? (await (texts ??= loadTexts())).get(path) : undefined;
    },
  };
}
