import { defineConfig } from "vitest/config";
import { mutantSources } from "./test/mutants/plugin.ts";

/** A fixed sample of the mutants, each on the program that killed it: `npm run mutants:sample`. Some minutes. */
export default defineConfig({
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
  // Mutants run on sources that have them inside.
  plugins: [mutantSources()],
  test: { testTimeout: 1_800_000, hookTimeout: 60_000, include: ["test/mutants/**/*.test.ts"] },
});
