import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../command-line/cli-error.ts";

/**
 * The source text of the model by path, `kernel/munmap.ts`: it is installed beside what is compiled of it.
 * @throws CliError E_COVERAGE_SOURCES when it is not there
 */
export function readModelSources(): Map<string, string> {
  const folder = fileURLToPath(new URL("../src/", import.meta.resolve("@faultline/mm")));
  try {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    return new Map(files.map((file) => [file.split(sep).join("/"), readFileSync(join(folder, file), "utf8")]));
  } catch (error) {
    const message =
      `the source text of the model is not in ${folder}, and what there is to be reached is read off it. ` +
      "Install @faultline/mm with its src folder, or run this in a clone.";
    throw new CliError("E_COVERAGE_SOURCES", message, error);
  }
}
