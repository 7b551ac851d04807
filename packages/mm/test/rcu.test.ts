import { describe, expect, it } from "vitest";
import { mutexUnlockOwner, mutexUnlockWake } from "../src/events/heap-steps.ts";
import { synchronizeRcuBegin, synchronizeRcuWait } from "../src/events/rcu-steps.ts";
import { vmaSlot, VM } from "../src/index.ts";
import { cursor } from "../src/objects/maple.ts";
import { rcuQueue, rcuReader } from "../src/objects/rcu.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE;

describe("RCU", () => {
  it("defers the free of a VMA until the last reader of then has left, nesting included", () => {
    const w = new World(4, "linux-6.6");
    const mm = w.mm(1, 2, 3);
    w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "", owner: "" }));
    w.as(2, w.k.rcuReadLock());
    w.as(2, w.k.rcuReadLock());
    w.as(1, w.k.munmap(mm, AT, 4096));
    w.as(3, w.k.rcuReadLock());
    expect(w.table.get(rcuQueue)).toEqual([{ kind: "vm_area_free_rcu_cb", arg: 0, waits: [2] }]);
    w.as(2, w.k.rcuReadUnlock());
    expect(w.table.get(vmaSlot.of(0)).state).toBe("detached");
    w.as(2, w.k.rcuReadUnlock());
    expect(w.table.get(vmaSlot.of(0)).state).toBe("free");
    expect(w.table.get(rcuQueue)).toEqual([]);
    expect(w.table.get(rcuReader.of(3))).toBe(1);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("waits for two readers, in whichever order they leave", () => {
    const w = new World(4, "linux-6.6");
    w.as(2, w.k.rcuReadLock());
    w.as(3, w.k.rcuReadLock());
    w.as(1, synchronizeRcuBegin());
    expect(w.attempt(1, synchronizeRcuWait()).status).toBe("blocked");
    w.as(3, w.k.rcuReadUnlock());
    expect(w.attempt(1, synchronizeRcuWait()).status).toBe("blocked");
    w.as(2, w.k.rcuReadUnlock());
    expect(w.attempt(1, synchronizeRcuWait()).status).toBe("done");
    w.as(1, w.k.synchronizeRcu());
  });

  it("ATOMIC-SLEEP: nobody sleeps inside, not even in synchronize_rcu", () => {
    const w = new World();
    w.as(1, w.k.rcuReadLock());
    w.as(1, synchronizeRcuBegin());
    expect(w.broken(1)).toEqual(["ATOMIC-SLEEP"]);
    w.as(2, w.k.rcuReadLock());
    w.as(2, w.k.rcuReadUnlock());
    w.as(2, synchronizeRcuBegin());
    expect(w.broken(2)).toEqual([]);
  });

  it("LOCK-HELD: rcu_read_unlock outside", () => {
    const w = new World();
    w.as(1, w.k.rcuReadUnlock());
    expect(w.broken(1)).toEqual(["LOCK-HELD"]);
  });
});

describe("RCU-CURSOR", () => {
  /** Task 1 has walked and kept its position; then its RCU section ends and another begins, or not. */
  function kept(between: { leaves: boolean; changes: boolean; resets?: boolean }): World {
    const w = new World(3, "linux-6.18.0");
    const mm = w.mm(1, 2);
    w.as(2, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "", owner: "" }));
    w.as(1, w.k.rcuReadLock());
    w.as(1, w.k.masWalk(mm, AT, "start"));
    if (between.leaves) w.as(1, w.k.rcuReadUnlock());
    if (between.changes) w.as(2, w.k.munmap(mm, AT, 4096));
    if (between.leaves) w.as(1, w.k.rcuReadLock());
    if (between.resets === true) w.as(1, w.k.masReset());
    w.as(1, w.k.masWalk(mm, AT, "resume"));
    return w;
  }

  it("is broken by a position from before the section, when the node is gone", () => {
    expect(kept({ leaves: true, changes: true }).broken(1)).toEqual(["RCU-CURSOR"]);
  });

  it.each([
    [{ leaves: false, changes: true }],
    [{ leaves: true, changes: false }],
    [{ leaves: true, changes: true, resets: true }],
  ])("is kept by %o", (between) => {
    expect(kept(between).broken(1)).toEqual([]);
  });

  it("lasts as long as mmap_read_lock does where only writers change the tree", () => {
    const w = new World(3, "linux-6.6");
    const mm = w.mm(1);
    for (const start of [AT, AT + 0x10000]) {
      w.as(1, w.k.mmap(mm, { start, length: 4096, flags: RW, ops: "", owner: "" }));
    }
    expect(w.as(1, w.k.procPidMaps(mm))).toBe(2);
    expect(w.table.get(cursor.of(1))).toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["maple", ["RCU-CURSOR"]],
    ["rbtree", []],
  ] as const)("vma_next in a %s tree that a growing stack changed", (form, broken) => {
    const w = new World(3, form === "maple" ? "linux-6.1" : "linux-5.4");
    const mm = w.mm(1, 2);
    w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "", owner: "" }));
    w.as(1, w.k.mmap(mm, { start: AT + 0x20_0000, length: 4096, flags: RW | VM.GROWSDOWN, ops: "", owner: "" }));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaNext(mm, form));
    expect(w.as(2, w.k.pageFault(mm, AT + 0x20_0000 - 4096, true))).toBe("ok");
    w.as(1, w.k.vmaNext(mm, form));
    expect(w.broken(1)).toEqual(broken);
  });

  it("VMA-LIVE: a walk without RCU or mmap_lock", () => {
    const w = new World();
    w.as(1, w.k.masWalk(w.mm(1), AT, "once"));
    expect(w.broken(1)).toEqual(["VMA-LIVE"]);
  });
});

describe("UNLOCK-LIFETIME", () => {
  it("is broken by a free between the two halves of mutex_unlock", () => {
    const w = new World();
    w.as(1, w.k.kmalloc("range"));
    w.as(1, w.k.mutexLock("range.mutex"));
    w.as(1, mutexUnlockOwner("range.mutex"));
    w.as(2, w.k.mutexLock("range.mutex"));
    w.as(2, w.k.mutexUnlock("range.mutex"));
    w.as(2, w.k.kfree("range"));
    w.as(1, mutexUnlockWake("range.mutex", "range"));
    expect([w.broken(1), w.broken(2)]).toEqual([["UNLOCK-LIFETIME"], []]);
  });

  it("is kept when the free comes after, and by a spinlock at any time", () => {
    const w = new World();
    w.as(1, w.k.kmalloc("range"));
    w.as(1, w.k.mutexLock("range.mutex"));
    w.as(1, w.k.mutexUnlockSlow("range.mutex", "range"));
    w.as(2, w.k.spinLock("range.lock"));
    w.as(2, w.k.spinUnlock("range.lock"));
    w.as(2, w.k.kfree("range"));
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("HEAP-LIVE: used or freed after the free, or before there was anything", () => {
    const w = new World();
    w.as(1, w.k.heapUse("range"));
    expect(w.broken(1)).toEqual(["HEAP-LIVE"]);
    w.as(2, w.k.kmalloc("range"));
    w.as(2, w.k.heapUse("range"));
    w.as(2, w.k.kfree("range"));
    expect(w.broken(2)).toEqual([]);
    w.as(2, w.k.kfree("range"));
    expect(w.broken(2)).toEqual(["HEAP-LIVE"]);
  });
});
