import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Vitest global set-up: the command is tested as it is shipped, compiled. Takes a second when nothing changed. Type
 * errors are for `npm run typecheck` to tell: the compiler writes its output all the same.
 */
export function setup(): void {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "packages/cli"], { cwd: root });
  const { status } = spawnSync(process.execPath, ["tooling/direct/build.js"], { cwd: root });
  if (status !== 0 || !existsSync(join(root, "packages/cli/dist/main.js")))
    throw new Error("packages/cli does not compile: run npm run build");
}
