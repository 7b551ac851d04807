import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { takeTests } from "./collector.ts";
import type { CallProgram } from "./programs.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Whose tests look at what no list can reach: drivers, monitors, seals, signals, shortage of memory. */
const FOLDERS = ["packages/mm/test"];

/** Steps drawn at hazard: the tests of all of them together tell nothing of one. */
const RANDOM = /^(?:hostile-steps|freed-objects|coverage|designs|gallery)\./u;

/** Every test of those packages. Those that need more of vitest than is collected here are left out by whoever runs them. */
export async function unitTests(): Promise<CallProgram[]> {
  const programs: CallProgram[] = [];
  for (const folder of FOLDERS) {
    for (const file of readdirSync(join(ROOT, folder)).filter(
      (name) => name.endsWith(".test.ts") && !RANDOM.test(name),
    )) {
      const path = join(ROOT, folder, file);
      await import(path);
      for (const { name, run } of takeTests()) {
        programs.push({ name: `${relative(ROOT, path)}: ${name}`, run: () => failureOf(run), optional: true });
      }
    }
  }
  return programs;
}

function failureOf(run: () => unknown): string | undefined {
  try {
    const result = run();
    if (!(result instanceof Promise)) return undefined;
    result.catch(() => undefined);
    return "it takes its time";
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
}
