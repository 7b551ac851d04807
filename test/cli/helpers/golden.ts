import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { root } from "./faultline.ts";

/**
 * Holds a command's text against the file that shows it. `UPDATE_GOLDEN=1` writes what comes out now: look at the
 * difference before committing it.
 */
export function expectGolden(name: string, text: string): void {
  const file = join(root, "test/golden", `${name}.txt`);
  const masked = mask(text);
  if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(file)) writeFileSync(file, masked);
  expect(masked).toBe(readFileSync(file, "utf8"));
}

/** Times differ from run to run. Their width may too, and what follows is aligned to it. */
function mask(text: string): string {
  return text.replace(/ *\d+\.\d+ s\b/g, " 0.00 s");
}
