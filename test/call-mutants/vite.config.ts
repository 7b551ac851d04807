import { join } from "node:path";
import { directSources } from "../../tooling/direct/plugin.js";
import { callMutantSources } from "./plugin.ts";

// For `npm run mutants:calls`, which loads main.ts with it.
export default {
  plugins: [callMutantSources(), ...directSources()],
  resolve: { alias: [{ find: /^vitest$/u, replacement: join(import.meta.dirname, "collector.ts") }] },
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
};
