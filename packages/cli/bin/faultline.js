#!/usr/bin/env node
// Committed as it is, because npm links commands before anything has been compiled.
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/main.js", import.meta.url);

if (existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  process.stderr.write(
    "faultline: not compiled yet. Run `npm run prepare` at the top of the repository, then try again.\n",
  );
  process.exitCode = 2;
}
