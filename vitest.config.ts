import { defineConfig } from "vitest/config";
import { callMutantSources } from "./test/call-mutants/plugin.ts";
import { mutantSources } from "./test/mutants/plugin.ts";
import { directSources } from "./tooling/direct/plugin.js";

export default defineConfig({
  plugins: directSources(),
  // Packages resolve to each other's sources, so the tests need no build.
  ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
  test: {
    // An exhaustive search on a slow, loaded machine is slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One for each core: left alone, a machine of two cores would have one.
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "packages", include: ["packages/*/test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "repository",
          include: ["test/**/*.test.ts"],
          exclude: ["test/cli/**", "test/mutants/**", "test/call-mutants/**"],
        },
      },
      // Mutants run on sources that have them inside.
      {
        extends: true,
        plugins: [mutantSources()],
        test: { name: "mutants", include: ["test/mutants/**/*.test.ts"], testTimeout: 300_000 },
      },
      {
        extends: true,
        plugins: [callMutantSources()],
        test: { name: "call-mutants", include: ["test/call-mutants/**/*.test.ts"], testTimeout: 300_000 },
      },
      // The command is tested as it is shipped: compiled first.
      {
        extends: true,
        test: { name: "command", include: ["test/cli/**/*.test.ts"], globalSetup: "test/cli/helpers/build.ts" },
      },
    ],
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"] },
  },
});
