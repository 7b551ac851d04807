import { describe, expect, it } from "vitest";
import { exitMm } from "../src/events/mm-steps.ts";
import {
  apiGenerations,
  methodOf,
  proofsOf,
  rustCall,
  rustHandleDrop,
  rustHandleNew,
  rustHandles,
  VM,
  type VmaPtr,
} from "../src/index.ts";
import { AT, mapAt, newVma } from "./mappings.ts";
import { World } from "./world.ts";

/** A handle of task 1 on a driver's mixed-map VMA, under the mmap read lock. */
function underGuard(w: World, type: string, api = "v16"): { mm: number; vma: VmaPtr; guard: number; handle: number } {
  const mm = w.mm(1);
  const vma = mapAt(w, mm, AT, 1, VM.READ, "other");
  w.as(1, w.k.mmapReadLock(mm));
  const guard = w.as(1, rustHandleNew(api, api === "v6" ? "MmapReadLock" : "MmapReadGuard", mm, null, null));
  return { mm, vma, guard, handle: w.as(1, rustHandleNew(api, type, mm, vma, guard)) };
}

/** Every type of every generation has the methods that section 7.1 gives it, and no others. */
const rows: readonly (readonly [api: string, type: string, method: string, has: boolean])[] = [
  ["v16", "Mm", "mmget_not_zero", true],
  ["v16", "Mm", "mmap_read_lock", false],
  ["v16", "MmWithUser", "lock_vma_under_rcu", true],
  ["v16", "MmWithUser", "mmap_write_lock", false],
  ["v16", "MmWithUserAsync", "mmap_read_trylock", true],
  ["v16", "MmapReadGuard", "vma_lookup", true],
  ["v16", "VmaReadGuard", "as_mixedmap_vma", true],
  ["v16", "VmaReadGuard", "vm_insert_page", false],
  ["v16", "VmaRef", "zap_page_range_single", true],
  ["v16", "VmaRef", "vm_insert_page", false],
  ["v16", "VmaRef", "set_mixedmap", false],
  ["v16", "VmaMixedMap", "vm_insert_page", true],
  ["v16", "VmaNew", "try_clear_maywrite", true],
  ["v16", "VmaNew", "set_pfnmap", false],
  ["v16", "VmaNew", "set_anonymous", false],
  ["v16", "VmaNew", "vm_insert_page", false],
  ["v6", "VmAreaMut", "set_flags", true],
  ["v6", "VmAreaMut", "vm_insert_page", true],
  ["v6", "VmAreaRef", "vm_insert_page", false],
  ["v6", "VmAreaNew", "set_anonymous", true],
  ["v6", "VmAreaRcuRef", "flags", false],
  ["v6", "VmAreaRcuRef", "try_read", true],
  ["2026", "VmaRef", "zap_vma_range", true],
  ["2026", "VmaRef", "zap_page_range_single", false],
];

describe("handles of the Rust abstraction", () => {
  it.each(rows)("%s: %s::%s: %s", (api, type, method, has) => {
    expect(methodOf(apiGenerations.get(api)!, type, method) !== undefined).toBe(has);
  });

  it("TYPESTATE: a method that the type does not have, and the one that it has", () => {
    const w = new World();
    const { handle } = underGuard(w, "VmaRef");
    expect(w.as(1, rustCall("v16", handle, "zap_page_range_single"))).toBe(true);
    expect(w.broken(1)).toEqual([]);
    expect(w.as(1, rustCall("v16", handle, "vm_insert_page"))).toBe(false);
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("P24 TYPESTATE: vm_insert_page needs a handle that has seen VM_MIXEDMAP", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapReadLock(mm));
    const forged = w.as(1, rustHandleNew("v16", "VmaMixedMap", mm, vma, null));
    w.as(1, rustCall("v16", forged, "vm_insert_page"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
    const fair = new World();
    const { handle } = underGuard(fair, "VmaMixedMap");
    fair.as(1, rustCall("v16", handle, "vm_insert_page"));
    expect(fair.broken(1)).toEqual([]);
  });

  it("TYPESTATE: a handle ends with the guard that it is borrowed from", () => {
    const w = new World();
    const { mm, guard, handle } = underGuard(w, "VmaRef");
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, rustHandleDrop(guard));
    expect(w.table.get(rustHandles.of(1))).toEqual([]);
    w.as(1, rustCall("v16", handle, "flags"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("TYPESTATE: a handle that outlives its lock proves what is false", () => {
    const w = new World();
    const { mm, handle } = underGuard(w, "VmaRef");
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, rustCall("v16", handle, "flags"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("TYPESTATE: H28, VmaRef::mm in a close callback at exit proves users that are none", () => {
    const w = new World();
    const mm = w.mm(1);
    const handle = w.as(1, rustHandleNew("v16", "MmWithUser", mm, null, null));
    w.as(1, rustCall("v16", handle, "mmap_read_trylock"));
    expect(w.broken(1)).toEqual([]);
    w.as(1, exitMm(mm));
    w.as(1, rustCall("v16", handle, "mmap_read_trylock"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("TYPESTATE: into_mmput_async takes the handle away", () => {
    const w = new World();
    const mm = w.mm(1);
    const handle = w.as(1, rustHandleNew("v16", "MmWithUser", mm, null, null));
    expect(w.as(1, rustCall("v16", handle, "into_mmput_async"))).toBe(true);
    w.as(1, rustCall("v16", handle, "mmap_read_lock"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("P01 TYPESTATE: VmaNew is a handle of the mmap hook only", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    const handle = w.as(1, rustHandleNew("v16", "VmaNew", mm, vma, null));
    expect(w.as(1, rustCall("v16", handle, "set_mixedmap"))).toBe(true);
    expect(w.broken(1)).toEqual([]);
    const later = new World();
    const { handle: live } = underGuard(later, "VmaNew");
    later.as(1, rustCall("v16", live, "set_mixedmap"));
    expect(later.broken(1)).toEqual(["TYPESTATE"]);
  });

  it("P10 TYPESTATE: VmAreaMut proves mmap_lock for writing, and nothing about the VMA lock", () => {
    const proofs = proofsOf(apiGenerations.get("v6")!, "VmAreaMut");
    expect(proofs).toEqual(["vma-stable", "mmap-write-lock"]);
    const w = new World();
    const { handle } = underGuard(w, "VmAreaMut", "v6");
    w.as(1, rustCall("v6", handle, "set_flags"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
  });

  it.each(["v16", "2026"])("P13 P25 no handle of %s can set VM_PFNMAP, so that set_mixedmap never combines", (api) => {
    const ops = Object.values(apiGenerations.get(api)!.types).flatMap(({ methods }) => Object.values(methods));
    const setters = ops.map(({ op }) => op).filter((op) => /^set_|flags_/.test(op));
    expect(new Set(setters)).toEqual(
      new Set(["set_mixedmap", "set_io", "set_dontexpand", "set_dontcopy", "set_dontdump"]),
    );
    const reviewed = Object.values(apiGenerations.get("v6")!.types).flatMap(({ methods }) => Object.values(methods));
    expect(reviewed.map(({ op }) => op)).toContain("__vm_flags_mod");
  });

  it("P07 TYPESTATE: the RCU handle proves an RCU section", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    const handle = w.as(1, rustHandleNew("v6", "VmAreaRcuRef", mm, vma, null));
    w.as(1, rustCall("v6", handle, "try_read"));
    expect(w.broken(1)).toEqual(["TYPESTATE"]);
    const inside = new World();
    const other = inside.mm(1);
    inside.as(1, inside.k.rcuReadLock());
    const held = inside.as(1, rustHandleNew("v6", "VmAreaRcuRef", other, vma, null));
    inside.as(1, rustCall("v6", held, "try_read"));
    expect(inside.broken(1)).toEqual([]);
  });

  it("refuses generations and types that there are not", () => {
    const w = new World();
    expect(() => w.as(1, rustHandleNew("v99", "Mm", 0, null, null))).toThrow(/v99/);
    expect(() => w.as(1, rustHandleNew("v16", "VmAreaMut", 0, null, null))).toThrow(/VmAreaMut/);
  });
});
