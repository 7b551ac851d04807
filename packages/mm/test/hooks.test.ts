import { describe, expect, it } from "vitest";
import { enclaveProt, ERRNO, VM, vmaFlags, vmaTree, word } from "../src/index.ts";
import { AT, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

describe("an enclave", () => {
  it("has the last word on the rights of its mappings", () => {
    const w = new World();
    const mm = w.mm(1);
    w.table.apply(new Map([[word.of(enclaveProt("sgx0")) as never, VM.READ]]));
    const map = (flags: number): number =>
      w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags, ops: "sgx", owner: "sgx0" }));
    expect(map(RW)).toBe(ERRNO.EACCES);
    expect(map(VM.READ)).toBe(AT);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RW))).toBe(ERRNO.EACCES);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, 0))).toBe(0);
    expect(w.table.get(vmaFlags.of(w.table.get(vmaTree.of(mm))[0]!.vma)) & (RW | VM.EXEC)).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("the ring of an AIO context", () => {
  const to = AT + 8 * PAGE;

  it.each([
    ["follows to where it is moved", false, to, to],
    ["stays where it is when the context is dying", true, ERRNO.EINVAL, AT],
  ])("%s", (_, dies, result, place) => {
    const w = new World();
    const mm = w.mm(1);
    w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags: RW, ops: "aio_ring", owner: "aio0" }));
    if (dies) w.as(1, w.k.killIoctx("aio0"));
    const remap = { start: AT, oldLength: PAGE, newLength: PAGE, to, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, remap))).toBe(result);
    expect(w.table.get(vmaTree.of(mm)).map(({ start }) => start)).toEqual([place]);
    expect(w.as(1, w.k.readOnce("aio0_mmap_base"))).toBe(dies ? 0 : to);
    expect(w.broken(1)).toEqual([]);
  });
});
