import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./helpers/faultline.ts";

test("every trace of a capture is, byte for byte, what its import gives", { timeout: 300_000 }, () => {
  const args = [join(root, "tooling/golden-traces.js"), "captures/"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/: 14 of 14 traces replay to their hashes, and record again to the same bytes; /);
  expect(status).toBe(0);
});
