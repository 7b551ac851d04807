import { mutantSources } from "./plugin.ts";

// For `npm run mutants`, which loads main.ts with it.
export default {
  plugins: [mutantSources()],
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
};
