// Runs the mutants of a folder of test/ and prints which of them the tests tell from the model. See README.md there.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

const [folder, ...args] = process.argv.slice(2);
const root = fileURLToPath(new URL("../", import.meta.url));
const server = await createViteServer({
  root,
  configFile: `${root}test/${folder}/vite.config.ts`,
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  const { main } = await server.ssrLoadModule(`/test/${folder}/main.ts`);
  process.exitCode = await main(args);
} finally {
  await server.close();
}
