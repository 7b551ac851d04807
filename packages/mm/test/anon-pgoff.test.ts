import { describe, expect, it } from "vitest";
import { pageMapping, presentPte, pteAt, VM, vmaTree } from "../src/index.ts";
import { vmaAnonVma } from "../src/objects/anon-vma.ts";
import { vmaSlot } from "../src/objects/vma.ts";
import { AT, lookup, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

const TO = 0x40000;

function moved(faulted: boolean): { w: World; mm: number } {
  const w = new World();
  const mm = w.mm(1);
  mapAt(w, mm, AT, 1);
  if (faulted) w.as(1, w.k.pageFault(mm, AT, true));
  w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }));
  return { w, mm };
}

describe("vm_pgoff of anonymous memory", () => {
  it("is the address of its first mapping, and goes with what was faulted in", () => {
    const { w, mm } = moved(true);
    expect(w.table.get(vmaSlot.of(lookup(w, mm, TO)!.vma)).pgoff).toBe(AT / PAGE);
    const { page } = presentPte(w.table.get(pteAt(mm, TO)))!;
    expect(w.table.get(pageMapping.of(page))).toMatchObject({ index: AT / PAGE });
  });

  it("is that of the new place for what was not", () => {
    const { w, mm } = moved(false);
    expect(w.table.get(vmaSlot.of(lookup(w, mm, TO)!.vma)).pgoff).toBe(TO / PAGE);
  });

  it.each([
    [true, 2],
    [false, 1],
  ])("keeps memory that was moved (faulted in: %s) and its new neighbour apart, or not: %i areas", (faulted, areas) => {
    const { w, mm } = moved(faulted);
    mapAt(w, mm, TO + PAGE, 1);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(areas);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("the anon_vma of a neighbour", () => {
  it.each([
    ["other rights", VM.READ | VM.EXEC, true, true],
    ["other flags", VM.READ | VM.WRITE | VM.LOCKED, true, false],
    ["been through a fork", VM.READ | VM.WRITE | VM.EXEC, false, false],
  ])("is shared with one that has %s, or not", (_, flags, fresh, shared) => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + PAGE, 1, flags | VM.WRITE);
    w.as(1, w.k.pageFault(mm, AT, true));
    const at = fresh ? mm : w.as(1, w.k.fork(mm, 2, null));
    w.as(fresh ? 1 : 2, w.k.pageFault(at, AT + PAGE, true));
    const slots = w.table.get(vmaTree.of(at)).map(({ vma: slot }) => w.table.get(vmaAnonVma.of(slot)));
    expect(slots[0] === slots[1]).toBe(shared);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});
