import { makeCallMutants } from "./make.ts";
import { unitTests } from "./unit-tests.ts";
import { visiting } from "./runtime.ts";
export async function main(): Promise<number> {
  const { mutants } = makeCallMutants("");
  let t = performance.now();
  const programs = await unitTests();
  console.log("programs", programs.length, performance.now() - t); t = performance.now();
  const rows: [string, number, number][] = [];
  for (const program of programs) {
    const a = performance.now();
    const s = visiting(mutants.length, () => { program.run(); });
    rows.push([program.name, performance.now() - a, s.looks]);
  }
  rows.sort((x, y) => y[1] - x[1]);
  for (const r of rows.slice(0, 25)) console.log(...r);
  console.log("total", rows.reduce((n, r) => n + r[1], 0));
  return 0;
}
