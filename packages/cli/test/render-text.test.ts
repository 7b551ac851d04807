import { mmapLock, pageSlot, vmaFlags, vmaSlot, word } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { changeText } from "../src/render/change-text.ts";
import { namesFrom } from "../src/render/names.ts";
import { shellWord } from "../src/render/shell-word.ts";
import { stepText } from "../src/render/step-text.ts";
import { renderTable } from "../src/render/table.ts";
import { labelled, printable, wrap } from "../src/render/wrap.ts";

const nameOf = namesFrom(["setup", "munmap", "shrinker"]);

describe("stepText", () => {
  const done = { status: "done", result: null } as const;
  it.each([
    [{ op: "mmap_write_lock", args: [0] }, { ...done, result: true }, "mmap_write_lock(mm:0)"],
    [{ op: "mmap_write_lock", args: [0] }, { ...done, result: false }, "mmap_write_lock(mm:0) queued"],
    [{ op: "mmap_read_trylock", args: [3] }, { ...done, result: false }, "mmap_read_trylock(mm:3) = false"],
    [{ op: "vma_lookup", args: [0, 0x1000] }, done, "vma_lookup(mm:0, 0x1000) = NULL"],
    [
      { op: "vma_lookup", args: [0, 0x1000] },
      { ...done, result: { vma: 2, gen: 4 } },
      "vma_lookup(mm:0, 0x1000) = vma:2#4",
    ],
    [
      { op: "vm_insert_page", args: [{ vma: 0, gen: 1 }, 0x2000, { page: 3, gen: 1 }, null] },
      { ...done, result: -16 },
      "vm_insert_page(vma:0#1, 0x2000, page:3#1, core) = -EBUSY",
    ],
    [
      { op: "vm_flags_mod", args: [{ vma: 0, gen: 1 }, 0x20000, 0x20] },
      done,
      "vm_flags_mod(vma:0#1, DONTCOPY, MAYWRITE)",
    ],
    [
      { op: "alloc_page", args: [], choice: "reuse" },
      { ...done, result: { page: 1, gen: 2 } },
      "alloc_page() [reuse] = page:1#2",
    ],
    [
      { op: "zap_pte_range", args: [0, 0x1000, 0x2000] },
      { status: "stopped", result: null } as const,
      "zap_pte_range(mm:0, 0x1000, 0x2000) -- BUG, the task ends here",
    ],
    [
      { op: "a_step_of_tomorrow", args: [7, { x: [1] }] },
      { ...done, result: "ok" },
      "a_step_of_tomorrow(7, {x [1]}) = ok",
    ],
  ])("%j", (event, outcome, text) => {
    expect(stepText({ task: 1, ...event }, outcome)).toBe(text);
  });
});

describe("changeText", () => {
  const vma = {
    ...vmaSlot.initial,
    gen: 1,
    state: "attached",
    start: 0x1000,
    end: 0x2000,
    ops: "binder",
    owner: "b0",
  } as const;
  it.each([
    [mmapLock(0).writer, null, 1, "mm:0/mmap_lock/writer none → munmap"],
    [
      vmaSlot.of(0),
      vma,
      { ...vma, state: "detached", by: 2 } as const,
      "vma:0 state attached → detached, by none → shrinker",
    ],
    [vmaSlot.of(0), vma, { ...vmaSlot.initial, gen: 1 }, "vma:0 #1 attached 0x1000-0x2000 binder b0 → free"],
    [vmaFlags.of(0), 0, 3, "vma:0/flags none → READ|WRITE"],
    [
      pageSlot.of(1),
      { gen: 1, state: "live", refs: { task1: 1 } } as const,
      { gen: 1, state: "live", refs: { task2: 2 } } as const,
      "page:1 -task1 +task2 2",
    ],
    [word.of("x"), [1, 2], [2, 3], "word:x -1 +3"],
    [word.of("x"), [1, 2], [2, 1], "word:x [1, 2] → [2, 1]"],
    [word.of("x"), { a: 1 }, { a: 1, b: "\u001b[31m" }, "word:x b none → \\x1b[31m"],
  ])("%#", (ref, before, after, text) => {
    expect(changeText({ ref, before, after }, nameOf)).toBe(text);
  });
});

describe("wrap", () => {
  it("breaks at spaces, indents what follows, and cuts what fits no line", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("f(aaa, bbb)", 8, "    ", "  ")).toEqual(["  f(aaa,", "    bbb)"]);
    expect(wrap("abcdefghij k", 4)).toEqual(["abcd", "efgh", "ij k"]);
    expect(wrap("", 10)).toEqual([""]);
  });

  it("keeps every line within its width, and loses nothing", () => {
    const text = "zap_page_range_single(vma:0#1, 0x10000000, 0x1000, binder binder0) = 0x10000000-0x10001000";
    for (let width = 12; width < 100; width++) {
      const lines = wrap(text, width, "    ");
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }
  });

  it("labels", () => {
    expect(labelled("rule", "a b c", 13)).toEqual(["rule      a b", "          c"]);
  });
});

it("prints no control characters", () => {
  expect(printable("a\u001b[2Jb\nc\u009bd")).toBe("a\\x1b[2Jb\\x0ac\\x9bd");
});

it("quotes paths for a shell only where they need it", () => {
  expect(["a/b-c.fltrace", "a b", "it's"].map(shellWord)).toEqual(["a/b-c.fltrace", "'a b'", "'it'\\''s'"]);
});

it("aligns tables", () => {
  expect(
    renderTable(
      ["name", "n"],
      [
        ["a", "10"],
        ["bcdef", "9"],
      ],
      new Set([1]),
    ),
  ).toEqual(["name    n", "a      10", "bcdef   9"]);
});
