import { ModelProcess } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { holdAgainst } from "./helpers/hold-against.ts";
import { KERNELS, recording } from "./helpers/recording.ts";
import { linesOf, sections } from "./helpers/sections.ts";

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

describe.each(KERNELS)("the model process does as %s did", (kernel) => {
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
      const held = holdAgainst(operations, recorded, new ModelProcess({ profile, machine }));
      expect(held).toEqual({ lines: recorded.length, refused: 0, differences: [] });
    });
  });
});
