// Imports made-up and stirred traces, `npm run fuzz:import -- --inputs 1000000 --seed 7`: the grammar and what must hold are
// in packages/trace/test/import/fuzz.test.ts. An input that fails is printed whole, with its number and seed.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { inputs: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
if (!/^\d{1,9}$/.test(values.inputs) || !/^\d{1,6}$/.test(values.seed)) {
  process.stderr.write("fuzz:import: --inputs and --seed are whole numbers.\n");
  process.exit(2);
}
const vitest = ["vitest", "run", "packages/trace/test/import/fuzz.test.ts"];
const { status } = spawnSync("npx", vitest, {
  stdio: "inherit",
  env: { ...process.env, FAULTLINE_FUZZ_INPUTS: values.inputs, FAULTLINE_FUZZ_SEED: values.seed },
});
process.exit(status ?? 1);
