import { describe, expect, it } from "vitest";
import { documentedOutside, LOCK_ORDER_PAIRS } from "../src/index.ts";
import { World } from "./world.ts";

/** Takes a lock of this class that is not the mmap_lock of any mm: classes are names without their digits. */
const take = (w: World, name: string): void => {
  w.as(1, w.k.mutexLock(`${name}1`));
};

describe("the documented lock order, pair by pair", () => {
  it.each(LOCK_ORDER_PAIRS)("%s outside %s", (outer, inner) => {
    const right = new World();
    take(right, outer);
    take(right, inner);
    expect(right.broken(1)).toEqual([]);
    const wrong = new World();
    take(wrong, inner);
    take(wrong, outer);
    expect(wrong.broken(1)).toEqual(["LOCK-ORDER"]);
  });

  it("goes through chains, and says nothing of classes that it does not have", () => {
    expect(documentedOutside("inode_rwsem", "lru_lock")).toBe(true);
    expect(documentedOutside("lru_lock", "inode_rwsem")).toBe(false);
    expect(documentedOutside("alloc", "mmap_lock")).toBe(false);
    expect(documentedOutside("i_lock", "i_pages")).toBe(false);
  });

  it("has no circle", () => {
    for (const [outer] of LOCK_ORDER_PAIRS) expect(documentedOutside(outer, outer)).toBe(false);
  });

  it("lets whoever only tries take what it gets", () => {
    const w = new World();
    take(w, "ptl");
    w.as(1, w.k.spinTrylock("i_mmap1"));
    expect(w.broken(1)).toEqual([]);
  });

  it("holds for rwsems and spinlocks as well", () => {
    const w = new World();
    const mm = w.mm(1);
    w.as(1, w.k.downWrite("i_mmap0"));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.spinLock("swap_lock0"));
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
  });
});
