import { join } from "node:path";
import { callMutantSources } from "./plugin.ts";

// For `npm run mutants:calls`, which loads main.ts with it.
export default {
  plugins: [callMutantSources()],
  resolve: { alias: [{ find: /^vitest$/u, replacement: join(import.meta.dirname, "collector.ts") }] },
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
};
