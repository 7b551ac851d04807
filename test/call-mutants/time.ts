import { makeCallMutants } from "./make.ts";
import { callPrograms } from "./programs.ts";
import { visiting } from "./runtime.ts";
export function main(): number {
  let t = performance.now();
  const { mutants } = makeCallMutants("");
  console.log("make", mutants.length, performance.now() - t); t = performance.now();
  const programs = callPrograms();
  console.log("programs", programs.length, performance.now() - t); t = performance.now();
  let looks = 0;
  const rows: [string, number, number, number][] = [];
  for (const program of programs) {
    const a = performance.now();
    const s = visiting(mutants.length, () => { const r = program.run(); if (r) console.log(program.name, r); });
    const b = performance.now();
    program.watch?.();
    rows.push([program.name, b - a, performance.now() - b, s.looks]);
    looks += s.looks;
  }
  console.log("survey", looks, performance.now() - t);
  rows.sort((x, y) => y[1] - x[1]);
  for (const r of rows.slice(0, 25)) console.log(...r);
  const dir = rows.filter((r) => r[0].includes(": "));
  console.log("directed total", dir.reduce((n, r) => n + r[1], 0), "watched", dir.reduce((n, r) => n + r[2], 0), dir.length);
  return 0;
}
