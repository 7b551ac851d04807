import { defineConfig } from "vitest/config";

/** `npm run published`: the rows of the table that take too long for every run of the tests. */
export default defineConfig({
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
  test: { include: ["test/published/*.nightly.ts"] },
});
