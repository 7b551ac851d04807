import { type Machine, type Operation, parseOperations, PLAIN_MACHINE, type ResultLine } from "@faultline/oracle";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The kernels of which there are recordings. */
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

type MachineFile = {
  readonly profile: string;
  readonly machine: Omit<Machine, "aliases">;
  /** By list: memfds, the file on disk and shared memory live in different file systems, whose inodes may be equal. */
  readonly aliases: Readonly<Record<string, Machine["aliases"]>>;
};

/** One list of a directory, `directory/lists/NAME.ops`, with the results of `directory/KERNEL/NAME.jsonl.gz`. */
export function recording(directory: string, kernel: KernelName, name: string): Recording {
  const at = (path: string): URL => new URL(`../${directory}/${path}`, import.meta.url);
  const text = readFileSync(at(`lists/${name}.ops`), "utf8");
  const lines = gunzipSync(readFileSync(at(`${kernel}/${name}.jsonl.gz`)))
    .toString()
    .trimEnd()
    .split("\n");
  const file = JSON.parse(readFileSync(at(`${kernel}/machine.json`), "utf8")) as MachineFile;
  return {
    text,
    operations: parseOperations(text),
    results: lines.map((line) => JSON.parse(line) as ResultLine),
    profile: file.profile,
    machine: { ...PLAIN_MACHINE, ...file.machine, aliases: file.aliases[name] ?? {} },
  };
}
