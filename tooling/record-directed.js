// Records directed lists on the running kernel: node tooling/record-directed.js NAME... . See packages/oracle/test/directed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { liveKernel } from "../packages/oracle/dist/live/live-kernel.js";

const folder = fileURLToPath(new URL("../packages/oracle/test/directed/", import.meta.url));
const kernel = liveKernel();
process.stdout.write(`${kernel.release}: ${kernel.profile}, ${JSON.stringify(kernel.machine)}\n`);
for (const name of process.argv.slice(2)) {
  const [, ...parts] = readFileSync(join(folder, `lists/${name}.ops`), "utf8").split(/^## /mu);
  const results = parts.flatMap((part) => {
    const lines = part
      .split("\n")
      .slice(1)
      .map((line) => line.split("#", 1)[0].trimEnd())
      .filter((line) => line !== "");
    return kernel.run(lines);
  });
  const text = results.map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileSync(
    join(folder, kernel.profile.replace(/^(linux-\d+\.\d+).*$/u, "$1"), `${name}.jsonl.gz`),
    gzipSync(text),
  );
  process.stdout.write(`${name}: ${parts.length} sections, ${results.length} results\n`);
}
