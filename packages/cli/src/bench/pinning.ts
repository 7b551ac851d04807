import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The cores to which a process is held; undefined: it may run on all. */
export type Cores = readonly number[] | undefined;

/** The command that starts a program on these cores alone. */
export function onCores(cores: Cores, program: string, args: readonly string[]): readonly [string, readonly string[]] {
  return cores === undefined ? [program, args] : ["taskset", ["--cpu-list", cores.join(), program, ...args]];
}

/**
 * So many of the cores that this process may use, the last ones, or all where there are fewer; undefined where
 * util-linux' taskset is not there.
 */
export function someCores(count: number): Cores {
  if (spawnSync("taskset", ["--version"], { stdio: "ignore" }).status !== 0) return undefined;
  const allowed = allowedCores();
  return allowed.length === 0 ? undefined : allowed.slice(-count);
}

function allowedCores(): number[] {
  try {
    const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return coresOf(list);
  } catch {
    // No Linux, no such file: then nothing is pinned.
    return [];
  }
}

/** The cores of a list as the kernel writes it: `0-2,5`. */
export function coresOf(list: string): number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, from, to = from]) => {
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
  });
}
