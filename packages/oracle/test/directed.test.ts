import { holdAgainst } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { directedList, type KernelName, KERNELS, machineOf } from "./helpers/directed-list.ts";
import { linesOf } from "./helpers/sections.ts";
import { WatchedProcess } from "./helpers/watched-process.ts";

/** One list per system call, or per kind of rule; one section per check, order of checks, or rule. */
const LISTS = [
  "errno-mmap",
  "mmap",
  "munmap",
  "mprotect",
  "mremap-errno",
  "madvise",
  "guard",
  "mlock",
  "merge-new",
  "merge-existing",
  "anon-vma",
  "touch",
] as const;

/** Rules that a kernel itself breaks: the stack grew under mmap_read_lock before 6.5 (CVE-2023-3269). */
const BROKEN: Readonly<Record<KernelName, RegExp | null>> = {
  "linux-6.1": /FIELD-WRITE: expand_downwards writes vm_start of .*: without mmap W$/u,
  "linux-6.12": null,
  "linux-6.18": null,
};

describe.each(KERNELS)("the model process does as %s did, breaks no rule it keeps, leaves no lock behind", (kernel) => {
  const machine = machineOf(kernel);

  describe.each(LISTS)("%s", (name) => {
    const { parts, results } = directedList(kernel, name);

    test("has a result for every line", () => {
      expect(parts.reduce((sum, part) => sum + linesOf(part), 0)).toBe(results);
    });

    test.each(parts.map((part) => [part.title, part] as const))("%s", (_title, { operations, results: recorded }) => {
      const process = new WatchedProcess({ profile: kernel, machine });
      const held = holdAgainst(process, operations, recorded);
      expect(held).toEqual({ lines: recorded.length, refused: 0, differences: [] });
      expect(process.wrong.filter((one) => BROKEN[kernel]?.test(one) !== true)).toEqual([]);
    });
  });
});
