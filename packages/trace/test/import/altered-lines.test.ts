import { expect, test } from "vitest";
import { type DivergenceKind, importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

const lines = capture("binder-6.1");
const newer = capture("binder-6.12");

/** Imports a capture with the n-th line that matches altered. */
function altered(
  original: readonly string[],
  pattern: RegExp,
  n: number,
  change: (line: string) => string,
): { readonly line: number; readonly first: { line: number; kind: DivergenceKind; reason: string } | undefined } {
  const at = original.flatMap((line, i) => (pattern.test(line) ? [i] : []))[n]!;
  const line = change(original[at]!);
  expect(line).not.toBe(original[at]);
  const [first] = importFtraceLines(original.with(at, line)).divergences;
  return { line: at + 1, first };
}

const cases: readonly [what: string, pattern: RegExp, change: (line: string) => string, ...kinds: DivergenceKind[]][] =
  [
    ["address of an insert", /: insert_page: /, (line) => line.replace(/addr=0x\w{8}/, "$&1"), "ops"],
    ["result of an insert", /: insert_page_ret: /, (line) => line.replace("ret=0", "ret=-16"), "ops"],
    ["VMA of an insert", /: insert_page: /, (line) => line.replace(/vma=0xff11/, "vma=0xff12"), "ops"],
    [
      "address of a zap",
      /: zap_\w+: .*size=0x1000$/,
      (line) => line.replace(/addr=(0x\w+)3000|addr=(0x\w+)\w000/, "addr=0x7f0000000000"),
      "ops",
      "vma",
    ],
    [
      "size of a zap",
      /: binder_unmap_user_end: |: zap_\w+: .*size=0x1000$/,
      (line) => line.replace("size=0x1000", "size=0x2000").replace("user_end", "user_start"),
      "ops",
      "vma",
    ],
    [
      "status of the shrinker's callback",
      /: free_page_ret: .*status=1/,
      (line) => line.replace("status=1", "status=3"),
      "ops",
    ],
    [
      "status of a callback that gave up",
      /: free_page_ret: .*status=3/,
      (line) => line.replace("status=3", "status=1"),
      "ops",
    ],
    [
      "pages freed by a shrinker pass",
      /: mm_shrink_slab_end: binder/,
      (line) => line.replace(/val \d+/, "val 17"),
      "ops",
    ],
    ["page that goes on the lru", /: binder_free_lru_start: /, (line) => line.replace(/index=\d+/, "index=31"), "ops"],
    [
      "page that comes off the lru",
      /: binder_alloc_lru_start: /,
      (line) => line.replace(/index=\d+/, "index=31"),
      "ops",
    ],
    ["page that is allocated", /: binder_alloc_page_start: /, (line) => line.replace(/index=\d+/, "index=31"), "ops"],
    ["page that is reclaimed", /: binder_unmap_user_start: /, (line) => line.replace(/index=\d+/, "index=31"), "ops"],
    [
      "range that is allocated",
      /: binder_update_page_range: .*allocate=1/,
      (line) => line.replace(/offset=\d+/, "offset=655360"),
      "ops",
    ],
    ["mm that is put", /: mmput_async: /, (line) => line.replace("mm=0xff11", "mm=0xff12"), "ops"],
    ["result of munmap", /: sys_munmap -> 0x0/, (line) => line.replace("0x0", "0xffffffffffffffea"), "ops"],
    ["result of mmap", /: sys_mmap -> 0x/, (line) => line.replace(/000$/, "800"), "ops"],
    [
      "VMA that fork copies",
      /: ma_write: mas_store\t.*range:140/,
      (line) => line.replace(/-(\d+)\d{5} /, "-$199999 "),
      "vma",
    ],
    ["VMA that closes", /: munmap_vma_close: /, (line) => line.replace("vma=0xff11", "vma=0xff12"), "ops"],
    [
      "present pages",
      /: tracing_mark_write: PAGES .*=0x[1-9a-f]+$/,
      (line) => line.replace(/present=0x\w+/, "present=0x0"),
      "pages",
    ],
    [
      "a page that is not there",
      /: tracing_mark_write: PAGES .*=0x0$/,
      (line) => line.replace(/present=0x\w+/, "present=0x8"),
      "pages",
    ],
    [
      "area in maps",
      /: tracing_mark_write: MAPS /,
      (line) => line.replace("51000", "52000").replace("59000 r", "5a000 r"),
      "vma",
    ],
    ["permissions in maps", /: tracing_mark_write: MAPS /, (line) => line.replace("r--p", "rw-p"), "vma"],
  ];

for (const [name, original] of [
  ["binder-6.1", lines],
  ["binder-6.12", newer],
] as const) {
  for (const [what, pattern, change, ...kinds] of cases) {
    test(`${name}: another ${what} is reported`, () => {
      const many = original.filter((line) => pattern.test(line)).length;
      // Not the first: what a trace shows first of a thing is how it comes to be known.
      for (const n of new Set([Math.floor(many / 2), many - 1])) {
        const { line, first } = altered(original, pattern, n, change);
        expect(first, `line ${line} of ${name} altered: ${what}`).toBeDefined();
        expect(first!.line, first!.reason).toBe(line);
        expect(kinds, first!.reason).toContain(first!.kind);
      }
    });
  }
}

test("a munmap that does not downgrade where it must", () => {
  const at = newer.findIndex(
    (line) =>
      line.includes("write=false success=true") && newer[newer.indexOf(line) - 1]!.includes("mas_wr_node_store"),
  );
  const pid = /-(\d+) /.exec(newer[at]!)![1]!;
  const release = newer.findIndex((line, i) => i > at && line.includes(`-${pid} `) && line.includes("lock_released"));
  const changed = newer.with(release, newer[release]!.replace("write=false", "write=true")).toSpliced(at, 1);
  const [first] = importFtraceLines(changed).divergences;
  expect(first).toMatchObject({ line: release, kind: "ops" });
  expect(first!.reason).toContain("mmap_write_downgrade");
});

test("one wrong line does not become a hundred divergences", () => {
  const at = lines.findIndex((line) => line.includes("mmap_lock_released"));
  const { divergences } = importFtraceLines(lines.toSpliced(at, 1));
  expect(divergences.length).toBeGreaterThan(0);
  expect(divergences.length).toBeLessThan(10);
});
