import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("a recorder that is killed at any moment leaves a file that replays to its last whole block", () => {
  const script = fileURLToPath(new URL("../../tooling/crash-traces.js", import.meta.url));
  const said = execFileSync(process.execPath, [script, "--times", "10", "--seed", "3"], { encoding: "utf8" });
  expect(said).toMatch(/^10 recorders killed; 0 files are not what was written; up to \d{2,} events in one/);
});
