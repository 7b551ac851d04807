import { spawnSync } from "node:child_process";
import { buildProgram } from "../live/build.ts";
import { Unavailable } from "../live/unavailable.ts";
import type { VmaLine } from "../result/result-line.ts";
import { type ConcurrentResult, resultKey } from "./concurrent-result.ts";
import type { TwoLists } from "./two-threads.ts";

/** How often the kernel gave a result. */
export type Observed = { readonly result: ConcurrentResult; readonly times: number };

/** Longest that one pair may take, in milliseconds. */
const PATIENCE = 1_800_000;
const LARGEST = 2 ** 28;

/** How the program ends where there is one CPU only. */
const ONE_CPU = 7;

type Line = ConcurrentResult & { readonly times: number };

/**
 * Runs two threads so often on the running kernel, with other delays each time: every result that came about.
 * @throws Unavailable without Linux, a compiler or a second CPU
 */
export function observePair({ setup, a, b }: TwoLists, runs: number, seed: number): readonly Observed[] {
  const program = buildProgram("pairs");
  const text = (list: TwoLists["a"]): string => list.map((one) => `${one.text}\n`).join("");
  const input = `${text(setup)}--\n${text(a)}--\n${text(b)}`;
  const { status, signal, stdout } = spawnSync(program, [String(runs), String(seed)], {
    input,
    encoding: "utf8",
    timeout: PATIENCE,
    maxBuffer: LARGEST,
  });
  if (status === ONE_CPU) throw new Unavailable("threads need two CPUs to meet, and there is one");
  if (status !== 0) throw new Error(`the program that runs the threads ended ${signal ?? `with ${status}`}`);
  const merged = new Map<string, Observed>();
  for (const line of stdout.trimEnd().split("\n")) {
    const { times, a: one, b: other, vmas, pg } = JSON.parse(line) as Line;
    const result = { a: one, b: other, vmas: vmas.map(plain), pg };
    const key = resultKey(result);
    merged.set(key, { result, times: times + (merged.get(key)?.times ?? 0) });
  }
  return [...merged.values()];
}

/** Without what belongs to the machine: soft-dirty memory. */
function plain(vma: VmaLine): VmaLine {
  const [start, end, rights, pgoff, file, flags = ""] = vma;
  return [start, end, rights, pgoff, file, flags.replace("sd ", "")];
}
