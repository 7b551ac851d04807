import { type Machine, type Operation, parseOperations, PLAIN_MACHINE, type ResultLine } from "@faultline/oracle";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The profiles of the kernels of which there are recordings. */
export const KERNELS = ["linux-6.1", "linux-6.12", "linux-6.18"] as const;
export type KernelName = (typeof KERNELS)[number];

/** A list, what a kernel made of it, and what the machine was like on which it ran. */
export type Recording = {
  readonly text: string;
  readonly operations: readonly Operation[];
  readonly results: readonly ResultLine[];
  readonly profile: string;
  readonly machine: Machine;
};

/**
 * One list of a directory, `lists/NAME.ops`, with the results of `KERNEL/NAME.jsonl.gz`. The machine is that of
 * `KERNEL/NAME.machine.json` where it differs from `KERNEL/machine.json`: in the names of files, whose inodes are new
 * with each run.
 */
export function recording(directory: string, kernel: KernelName, name: string): Recording {
  const at = (path: string): URL => new URL(`../${directory}/${path}`, import.meta.url);
  const text = readFileSync(at(`lists/${name}.ops`), "utf8");
  const lines = gunzipSync(readFileSync(at(`${kernel}/${name}.jsonl.gz`)))
    .toString()
    .trimEnd()
    .split("\n");
  const own = at(`${kernel}/${name}.machine.json`);
  const machine = readFileSync(existsSync(own) ? own : at(`${kernel}/machine.json`), "utf8");
  return {
    text,
    operations: parseOperations(text),
    results: lines.map((line) => JSON.parse(line) as ResultLine),
    profile: kernel,
    machine: { ...PLAIN_MACHINE, ...(JSON.parse(machine) as Partial<Machine>) },
  };
}
