import { describe, expect, it } from "vitest";
import { getVmaPolicy, mpolPut } from "../src/events/mempolicy-steps.ts";
import { ERRNO, VM, vmaTree } from "../src/index.ts";
import { heapObject } from "../src/objects/heap.ts";
import { World } from "./world.ts";

const AT = 0x10000;

function mapped(): { w: World; mm: number } {
  const w = new World();
  const mm = w.mm(1);
  w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: VM.READ, ops: "", owner: "" }));
  return { w, mm };
}

describe("mempolicy", () => {
  it("lives while a VMA or a task has it", () => {
    const { w, mm } = mapped();
    expect(w.as(1, w.k.mbind(mm, AT, "p0"))).toBe(0);
    const [area] = w.table.get(vmaTree.of(mm));
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, getVmaPolicy({ vma: area!.vma, gen: area!.gen }, true))).toBe("p0");
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.mbind(mm, AT, "p1"));
    expect(w.table.get(heapObject.of("p0"))).toBe("live");
    w.as(1, mpolPut("p0"));
    expect(w.table.get(heapObject.of("p0"))).toBe("freed");
    expect(w.broken(1)).toEqual([]);
    w.as(1, mpolPut("p0"));
    expect(w.broken(1)).toEqual(["HEAP-LIVE"]);
  });

  it("is read with and without a reference, where there is one", () => {
    const { w, mm } = mapped();
    expect(w.as(1, w.k.getMempolicy(mm, AT, "referenced"))).toBe(0);
    w.as(1, w.k.mbind(mm, AT, "p0"));
    expect(w.as(1, w.k.getMempolicy(mm, AT, "referenced"))).toBe(0);
    expect(w.as(1, w.k.getMempolicy(mm, AT, "bare"))).toBe(0);
    expect(w.as(1, w.k.getMempolicy(mm, 0, "bare"))).toBe(ERRNO.EFAULT);
    expect(w.as(1, w.k.mbind(mm, 0, "p1"))).toBe(ERRNO.EFAULT);
    expect(w.broken(1)).toEqual([]);
  });
});
