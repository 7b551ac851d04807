// The same for tests, which run sources: a module of packages/mm/src with `?direct` behind its name is the one in direct style.
import { resolve, dirname } from "node:path";
import { DECLARED, DECLARED_DIRECT, directModules, mmFolder, nameOf } from "./modules.js";
import { directStyle } from "./style.js";

const QUERY = "?direct";

/** Plugins of Vite. What other plugins make of a source is what is put in direct style. */
export function directSources() {
  /** @type {ReadonlySet<string> | undefined} */
  let modules;
  return [
    {
      name: "faultline-direct-imports",
      enforce: /** @type {const} */ ("pre"),
      resolveId(/** @type {string} */ source, /** @type {string | undefined} */ importer) {
        if (source === "#direct/kernel") return `${mmFolder}src/kernel/kernel.ts${QUERY}`;
        if (importer?.endsWith(QUERY) !== true || !source.startsWith(".")) return undefined;
        const path = resolve(dirname(importer), source);
        const name = nameOf(path);
        modules ??= directModules();
        if (name === DECLARED) return `${mmFolder}src/${DECLARED_DIRECT}.ts`;
        return name !== undefined && modules.has(name) ? `${path}${QUERY}` : path;
      },
    },
    {
      name: "faultline-direct-style",
      transform(/** @type {string} */ code, /** @type {string} */ id) {
        return id.endsWith(QUERY) ? { code: directStyle(code, id.slice(0, -QUERY.length)), map: null } : undefined;
      },
    },
  ];
}
