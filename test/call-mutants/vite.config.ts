import { callMutantSources } from "./plugin.ts";

// For `npm run mutants:calls`, which loads main.ts with it.
export default {
  plugins: [callMutantSources()],
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
};
