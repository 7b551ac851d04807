import { describe, expect, it } from "vitest";
import { readVmFlags } from "../src/events/driver-steps.ts";
import { doDentryOpen } from "../src/events/file-steps.ts";
import { StuckError, task, VM, type VmaPtr, vmaSlot } from "../src/index.ts";
import { World } from "./world.ts";

// Documentation/mm/process_addrs.rst, "all valid lock states" of a VMA: what each combination of locks gives.

const AT = 0x10000;
type Mode = "-" | "R" | "W";
/** mmap_lock, VMA lock, rmap lock; whether the VMA is stable, readable, and which fields may be written. */
type Row = readonly [mmap: Mode, vma: Mode, rmap: Mode, read: boolean, writeMost: boolean, writeAll: boolean];

const rows: readonly Row[] = [
  ["-", "-", "-", false, false, false],
  ["-", "R", "-", true, false, false],
  ["-", "-", "R", true, false, false],
  ["-", "-", "W", true, false, false],
  ...(["R", "W"] as const).flatMap((mmap) =>
    (["-", "R"] as const).flatMap((vma) =>
      (["-", "R", "W"] as const).map((rmap): Row => [mmap, vma, rmap, true, false, false]),
    ),
  ),
  ["W", "W", "-", true, true, false],
  ["W", "W", "R", true, true, false],
  ["W", "W", "W", true, true, true],
];

function under([mmap, vmaLock, rmap]: Row): { w: World; vma: VmaPtr } {
  const w = new World(3, "linux-6.18.19");
  const mm = w.mm(1);
  const file = w.as(1, doDentryOpen(0, "", ""));
  w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "", file }));
  const vma = { vma: 0, gen: 1 };
  if (mmap === "R") w.as(1, w.k.mmapReadLock(mm));
  // In the only order that gets a VMA read lock under the write lock: before it.
  if (vmaLock === "R" && mmap !== "W") expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
  if (mmap === "W") w.as(1, w.k.mmapWriteLock(mm));
  if (vmaLock === "R" && mmap === "W") expect(w.as(1, w.k.vmaStartReadLocked(vma))).toBe(true);
  if (vmaLock === "W") w.as(1, w.k.vmaStartWrite(vma));
  if (rmap === "R") w.as(1, w.k.downRead("i_mmap0"));
  if (rmap === "W") w.as(1, w.k.downWrite("i_mmap0"));
  expect(w.broken(1)).toEqual([]);
  return { w, vma };
}

describe("what a held combination gives", () => {
  it.each(rows)("mmap %s, VMA %s, rmap %s: read %s, write most fields %s, all %s", (...row) => {
    const [, , , read, most, all] = row;
    const reading = under(row);
    reading.w.as(1, readVmFlags(reading.vma));
    expect(reading.w.broken(1)).toEqual(read ? [] : ["VMA-LIVE"]);
    for (const [field, allowed] of [
      ["vm_flags", most],
      ["vm_page_prot", most],
      ["vm_start", all],
      ["vm_pgoff", all],
    ] as const) {
      const writing = under(row);
      writing.w.as(1, writing.w.k.vmaFieldWrite(writing.vma, field));
      expect(writing.w.broken(1)).toEqual(allowed ? [] : read ? ["FIELD-WRITE"] : ["FIELD-WRITE", "VMA-LIVE"]);
    }
  });
});

/** munmap by another task, as far as it gets. */
function unmap(w: World): void {
  try {
    w.as(2, w.k.munmap(0, AT, 4096));
  } catch (error) {
    if (!(error instanceof StuckError)) throw error;
  }
}

describe("stable: what keeps a VMA from being freed", () => {
  it.each(rows)("mmap %s, VMA %s, rmap %s: stable %s", (...row) => {
    const { w, vma } = under(row);
    w.table.apply(new Map([[task.of(2) as never, { name: "t2", mm: 0 }]]));
    unmap(w);
    expect(w.table.get(vmaSlot.of(vma.vma)).state !== "free").toBe(row[3]);
    expect(w.broken(2)).toEqual([]);
  });
});

type Holder = "reader" | "downgraded" | "writer";
/** Whether the second can get in while the first holds mmap_lock. A downgraded holder had to be a writer first. */
const together: readonly [first: Holder, second: Holder, both: boolean][] = [
  // R-R no, R-D no, R-W yes, D-D yes, D-W yes, W-W yes: what the row says of exclusion.
  ["reader", "reader", true],
  ["downgraded", "reader", true],
  ["reader", "downgraded", false],
  ["reader", "writer", false],
  ["downgraded", "downgraded", false],
  ["downgraded", "writer", false],
  ["writer", "reader", false],
  ["writer", "writer", false],
];

describe("who may hold mmap_lock together", () => {
  it.each(together)("a %s and a %s: %s", (first, second, both) => {
    const w = new World();
    const mm = w.mm(1, 2);
    if (first === "reader") w.as(1, w.k.mmapReadLock(mm));
    else w.as(1, w.k.mmapWriteLock(mm));
    if (first === "downgraded") w.as(1, w.k.mmapWriteDowngrade(mm));
    const got = second === "reader" ? w.k.mmapReadTrylock(mm) : w.k.mmapWriteTrylock(mm);
    expect(w.as(2, got)).toBe(both);
  });

  it("a reader may stay when a writer downgrades after it waited for it", () => {
    const w = new World();
    const mm = w.mm(1, 2);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.mmapWriteDowngrade(mm));
    expect(w.as(2, w.k.mmapReadTrylock(mm))).toBe(true);
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(2, w.k.mmapReadUnlock(mm));
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});
