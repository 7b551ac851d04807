import { describe, expect, it } from "vitest";
import { kernelMachine, PAGE_SIZE, runAlone, VM, vmaTree } from "../src/index.ts";
import { AT, mapAt } from "./mappings.ts";
import { World } from "./world.ts";

/** The steps of mmap_lock and the zaps of a shrinking mremap of three pages to one, and the ranges that are left. */
function shrink(profile: string, above: number): { locks: string[]; left: string } {
  const w = new World(3, profile);
  const mm = w.mm(1);
  mapAt(w, mm, AT, 3, VM.READ | VM.WRITE | VM.MAYREAD | VM.MAYWRITE);
  if (above !== 0) mapAt(w, mm, AT + 3 * PAGE_SIZE, 1, above);
  for (const at of [AT, AT + PAGE_SIZE]) w.as(1, w.k.pageFault(mm, at, true));
  const locks: string[] = [];
  const remap = { start: AT, oldLength: 3 * PAGE_SIZE, newLength: PAGE_SIZE, to: null, dontUnmap: false };
  const returned = runAlone(kernelMachine, w.table, 1, w.k.mremap(mm, remap), ({ op }) => {
    if (op.startsWith("mmap_") || op === "zap_pte_range") locks.push(op);
  });
  expect(returned).toBe(AT);
  const left = w.table.get(vmaTree.of(mm)).map(({ start, end }) => `${(start - AT) / 4096}-${(end - AT) / 4096}`);
  return { locks, left: left.join(" ") };
}

const UNDER_READ = ["mmap_write_lock", "mmap_write_downgrade", "zap_pte_range", "mmap_read_unlock"];
const UNDER_WRITE = ["mmap_write_lock", "zap_pte_range", "mmap_write_unlock"];
const STACK = VM.READ | VM.WRITE | VM.GROWSDOWN;

describe("what mremap cuts off a VMA that shrinks where it is", () => {
  it.each(["linux-5.4", "linux-6.1", "linux-6.12", "linux-6.18"])(
    "goes under the read lock, as munmap's does: %s",
    (name) => {
      expect(shrink(name, 0)).toEqual({ locks: UNDER_READ, left: "0-1" });
    },
  );

  it("goes under the write lock below a stack, which may have to grow, where munmap's does", () => {
    expect(shrink("linux-6.1", STACK)).toEqual({ locks: UNDER_WRITE, left: "0-1 3-4" });
    expect(shrink("linux-6.12", STACK)).toEqual({ locks: UNDER_READ, left: "0-1 3-4" });
  });

  it("went under the write lock before kernels downgraded", () => {
    expect(shrink("linux-4.19", 0)).toEqual({ locks: UNDER_WRITE, left: "0-1" });
  });
});
