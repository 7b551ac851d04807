import { type Machine, parseResults, PLAIN_MACHINE, type ResultLine } from "@faultline/oracle";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { linesOf, type Section, sections } from "./sections.ts";

/** The profiles of the kernels that ran the lists. */
export const KERNELS = ["linux-6.1", "linux-6.12", "linux-6.18"] as const;
export type KernelName = (typeof KERNELS)[number];

/** Rules that a kernel itself breaks: the stack grew under mmap_read_lock before 6.5 (CVE-2023-3269). */
export const BROKEN: Readonly<Record<KernelName, RegExp | null>> = {
  "linux-6.1": /FIELD-WRITE: expand_downwards writes vm_start of .*: without mmap W$/u,
  "linux-6.12": null,
  "linux-6.18": null,
};

/** A section, and what a kernel made of it. */
export type Recorded = Section & { readonly results: readonly ResultLine[] };

/** One list of `directed/lists` with the results of one kernel, and how many results there are. */
export function directedList(kernel: KernelName, name: string): { parts: readonly Recorded[]; results: number } {
  const results = parseResults(gunzipSync(read(`${kernel}/${name}.jsonl.gz`)).toString("utf8"));
  let at = 0;
  const parts = sections(read(`lists/${name}.ops`).toString("utf8")).map((section) => {
    const from = at;
    at += linesOf(section);
    return { ...section, results: results.slice(from, at) };
  });
  return { parts, results: results.length };
}

/** The machine on which the kernel ran the lists. */
export function machineOf(kernel: KernelName): Machine {
  return { ...PLAIN_MACHINE, ...(JSON.parse(read(`${kernel}/machine.json`).toString("utf8")) as Partial<Machine>) };
}

function read(path: string): Buffer {
  return readFileSync(new URL(`../directed/${path}`, import.meta.url));
}
