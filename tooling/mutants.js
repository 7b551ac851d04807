// Runs the mutants of the procedures and prints which of them the scenarios tell from the model. See test/mutants.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

const root = fileURLToPath(new URL("../", import.meta.url));
const server = await createViteServer({
  root,
  configFile: `${root}test/mutants/vite.config.ts`,
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  const { main } = await server.ssrLoadModule("/test/mutants/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} finally {
  await server.close();
}
