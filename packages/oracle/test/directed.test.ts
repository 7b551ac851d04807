import { describe, expect, test } from "vitest";
import { holdAgainst } from "./helpers/hold-against.ts";
import { type KernelName, KERNELS, recording } from "./helpers/recording.ts";
import { linesOf, sections } from "./helpers/sections.ts";
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

describe.each(KERNELS)(
  "the model process does as %s did, breaks no rule that the kernel keeps, and leaves no lock behind",
  (kernel) => {
    describe.each(LISTS)("%s", (name) => {
      const { text, results, profile, machine } = recording("directed", kernel, name);
      let at = 0;
      const parts = sections(text).map((section) => {
        const from = at;
        at += linesOf(section);
        return [section.title, section.operations, results.slice(from, at)] as const;
      });

      test("has a result for every line", () => expect(results).toHaveLength(at));

      test.each(parts)("%s", (_title, operations, recorded) => {
        const process = new WatchedProcess({ profile, machine });
        const held = holdAgainst(operations, recorded, process);
        expect(held).toEqual({ lines: recorded.length, refused: 0, differences: [] });
        expect(process.wrong.filter((one) => BROKEN[kernel]?.test(one) !== true)).toEqual([]);
      });
    });
  },
);
