import { describe, expect, it } from "vitest";
import { FIELD_LOCKS } from "../src/events/field-locks.ts";
import { BENIGN_RACES, rules, violationsOf, type VmaField, VM, type VmaPtr, vmaSlot } from "../src/index.ts";
import { unlinkAnonVmas } from "../src/events/anon-vma-steps.ts";
import { vmaEnterLocked } from "../src/events/vma-write-steps.ts";
import { commitMerge } from "../src/events/vma-merge-steps.ts";
import { anonVma, vmaAnonVma } from "../src/objects/anon-vma.ts";
import { iMmap } from "../src/objects/file.ts";
import { AT, lookup, mapAt, newVma, RW } from "./mappings.ts";
import { World } from "./world.ts";

type Lock = "mmap W" | "mmap R" | "VMA W" | "VMA R" | "i_mmap" | "anon_vma" | "page_table_lock" | "readers out";

/** The field table: what a write needs, and what comes short of it. */
const rows: Record<VmaField, { enough: Lock[][]; short: Lock[][] }> = {
  vm_start: { enough: [["mmap W", "VMA W", "i_mmap"]], short: [["mmap W", "VMA W"], ["mmap W", "i_mmap"], ["mmap R"]] },
  vm_end: {
    enough: [["mmap W", "VMA W", "i_mmap"]],
    short: [["mmap W", "VMA W"], ["mmap W", "anon_vma"], ["VMA R"]],
  },
  vm_pgoff: {
    enough: [["mmap W", "VMA W", "i_mmap"]],
    short: [
      ["mmap W", "VMA W"],
      ["mmap R", "i_mmap"],
    ],
  },
  vm_flags: { enough: [["mmap W", "VMA W"]], short: [["mmap W"], ["mmap R"], ["VMA R"]] },
  vm_page_prot: { enough: [["mmap W", "VMA W"]], short: [["mmap W"], ["mmap R"], ["VMA R"]] },
  vm_mm: { enough: [], short: [["mmap W", "VMA W", "i_mmap"]] },
  vm_file: { enough: [], short: [["mmap W", "VMA W", "i_mmap"]] },
  vm_ops: { enough: [], short: [["mmap W", "VMA W", "i_mmap"]] },
  vm_private_data: { enough: [["mmap R"], ["VMA R"]], short: [] },
  anon_name: { enough: [["mmap W", "VMA W"]], short: [["mmap W"], ["mmap R"]] },
  vm_policy: { enough: [["mmap W", "VMA W"]], short: [["mmap W"], ["mmap R"]] },
  vm_userfaultfd_ctx: { enough: [["mmap W", "VMA W"]], short: [["mmap W"], ["mmap R"]] },
  "shared.rb": {
    enough: [["mmap W", "VMA W", "i_mmap"]],
    short: [
      ["mmap W", "VMA W"],
      ["mmap W", "VMA W", "anon_vma"],
    ],
  },
  anon_vma: { enough: [["mmap R", "page_table_lock"]], short: [["mmap R"], ["VMA R", "page_table_lock"]] },
  "anon_vma=NULL": {
    enough: [["mmap W", "VMA W", "anon_vma"]],
    short: [
      ["mmap W", "VMA W"],
      ["mmap W", "anon_vma"],
    ],
  },
  anon_vma_chain: { enough: [["mmap R", "anon_vma"]], short: [["mmap R"], ["VMA R", "anon_vma"]] },
  numab_state: { enough: [["mmap R"], ["mmap W"]], short: [["VMA R"]] },
  swap_readahead_info: { enough: [["mmap R"]], short: [["VMA R"]] },
  vm_lock_seq: { enough: [["mmap W", "readers out"]], short: [["mmap W"], ["mmap R"], ["VMA R"]] },
  VM_MAYBE_GUARD: { enough: [["mmap R"], ["VMA R"], ["mmap W"]], short: [] },
};

function take(w: World, mm: number, vma: VmaPtr, lock: Lock): void {
  switch (lock) {
    case "mmap W":
      w.as(1, w.k.mmapWriteLock(mm));
      return;
    case "mmap R":
      w.as(1, w.k.mmapReadLock(mm));
      return;
    case "VMA W":
      w.as(1, w.k.vmaStartWrite(vma));
      return;
    case "VMA R":
      w.as(1, w.k.lockVmaUnderRcu(mm, AT));
      return;
    case "i_mmap":
    case "anon_vma":
      w.as(1, w.k.downWrite(`${lock}0`));
      return;
    case "readers out":
      w.as(1, vmaEnterLocked(vma));
      return;
    case "page_table_lock":
      w.as(1, w.k.spinLock(`${lock}0`));
      return;
  }
}

function writeUnder(locks: readonly Lock[], field: VmaField, profile?: string): World {
  const w = new World(3, profile);
  const mm = w.mm(1);
  const vma = mapAt(w, mm, AT, 2);
  // In rmap, by a file that the rest of this test does not need.
  w.table.apply(new Map([[vmaSlot.of(vma.vma) as never, { ...w.table.get(vmaSlot.of(vma.vma)), file: 0 }]]));
  w.table.apply(new Map([[iMmap.of(0) as never, [vma]]]));
  for (const lock of locks) take(w, mm, vma, lock);
  w.as(1, w.k.vmaFieldWrite(vma, field));
  return w;
}

describe("the field table: writes of a VMA in use", () => {
  for (const [field, { enough, short }] of Object.entries(rows) as [VmaField, (typeof rows)[VmaField]][]) {
    for (const locks of enough) {
      it(`${field} may be written under ${locks.join(", ")}`, () => {
        expect(writeUnder(locks, field).broken(1)).toEqual([]);
      });
    }
    for (const locks of short) {
      it(`FIELD-WRITE: ${field} may not be written under ${locks.join(", ")}`, () => {
        expect(writeUnder(locks, field).broken(1)).toEqual(["FIELD-WRITE"]);
      });
    }
  }

  const leftOut = (Object.entries(rows) as [VmaField, (typeof rows)[VmaField]][]).flatMap(([field, { enough }]) =>
    enough.flatMap((locks) =>
      locks.map((without) => [field, without, locks.filter((lock) => lock !== without)] as const),
    ),
  );
  it.each(leftOut.filter(([field, , rest]) => !rows[field].enough.some((locks) => rest.join() === locks.join())))(
    "FIELD-WRITE: %s, all but %s: %j",
    (field, _without, rest) => {
      // Without mmap_lock nobody gets the VMA write lock; the VMA read lock keeps the VMA, so that the field alone is wrong.
      const held: Lock[] = rest.some((lock) => lock.startsWith("mmap"))
        ? [...rest]
        : ["VMA R", ...rest.filter((lock) => lock !== "VMA W" && lock !== "readers out")];
      const broken = writeUnder(held, field).broken(1);
      if (rows[field].enough.some((locks) => locks.join() === held.join())) expect(broken).toEqual([]);
      else expect(broken).toEqual(["FIELD-WRITE"]);
    },
  );

  it.each(Object.keys(rows) as VmaField[])("%s is its mapper's own while the VMA is new", (field) => {
    const w = new World();
    w.as(1, w.k.vmaFieldWrite(newVma(w, w.mm(1), RW), field));
    expect(w.broken(1)).toEqual([]);
  });

  it.each(["numab_state", "swap_readahead_info"] as const)(
    "FIELD-READ: %s is written by atomics of its own",
    (field) => {
      const w = new World();
      const vma = mapAt(w, w.mm(1, 2), AT, 1);
      w.as(1, w.k.markedAccess(vma, field, "write", "one"));
      w.as(2, w.k.markedAccess(vma, field, "write", "two"));
      expect(w.broken(2)).toEqual([]);
      w.as(1, w.k.plainAccessBegin(vma, field, "write", "one"));
      w.as(2, w.k.plainAccessBegin(vma, field, "write", "two"));
      expect(w.broken(2)).toEqual(["FIELD-READ"]);
    },
  );

  it.each([
    ["mmap W, VMA W, anon_vma", true, true, []],
    ["mmap W, anon_vma", false, true, ["FIELD-WRITE"]],
    ["mmap W, VMA W", true, false, ["FIELD-WRITE"]],
  ] as const)("unlink_anon_vmas sets anon_vma to NULL under %s", (_locks, vw, rmap, broken) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.mmapWriteLock(mm));
    if (vw) w.as(1, w.k.vmaStartWrite(vma));
    if (rmap) w.as(1, w.k.downWrite(`anon_vma${w.table.get(vmaAnonVma.of(vma.vma))}`));
    w.as(1, unlinkAnonVmas(vma));
    expect(w.broken(1)).toEqual(broken);
  });

  it("VM_MAYBE_GUARD is set under a read lock, and not under rmap's alone", () => {
    for (const [lock, broken] of [
      ["mmap R", []],
      ["VMA R", []],
      ["i_mmap", ["FIELD-WRITE", "VMA-LIVE"]],
    ] as const) {
      const w = new World();
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1);
      take(w, mm, vma, lock);
      w.as(1, w.k.vmaSetMaybeGuard(vma));
      expect(w.broken(1)).toEqual(broken);
    }
  });

  it("has a row for every field that the rule knows", () => {
    expect(Object.keys(rows).sort()).toEqual(Object.keys(FIELD_LOCKS).sort());
  });

  it("asks for no VMA lock where the kernel has none", () => {
    expect(writeUnder(["mmap W"], "vm_flags", "linux-6.1").broken(1)).toEqual([]);
    expect(writeUnder(["mmap R"], "vm_flags", "linux-6.1").broken(1)).toEqual(["FIELD-WRITE"]);
  });

  it("is S0 for the range, S2 for the rest", () => {
    expect(rules.get("FIELD-WRITE")?.severity).toBe("S2");
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapReadLock(mm));
    const { violations } = w.attempt(1, w.k.vmaFieldWrite(vma, "vm_start"));
    expect(violations.map(({ severity }) => severity)).toEqual(["S0"]);
  });
});

describe("access windows", () => {
  function twoTasks(): { w: World; vma: VmaPtr; mm: number } {
    const w = new World();
    const mm = w.mm(1, 2);
    const vma = mapAt(w, mm, AT, 1);
    return { w, vma, mm };
  }
  const messages = (w: World, id: number): number => w.table.get(violationsOf.of(id)).length;

  it.each([
    ["read", "read", []],
    ["read", "write", ["FIELD-READ"]],
    ["write", "read", ["FIELD-READ"]],
    ["write", "write", ["FIELD-READ"]],
  ] as const)("FIELD-READ: a plain %s that overlaps a plain %s", (first, second, broken) => {
    const { w, vma } = twoTasks();
    w.as(1, w.k.plainAccessBegin(vma, "vm_flags", first, "one"));
    w.as(2, w.k.plainAccessBegin(vma, "vm_flags", second, "two"));
    expect(w.broken(2)).toEqual(broken);
    w.as(2, w.k.plainAccessEnd(vma, "vm_flags"));
    w.as(1, w.k.plainAccessEnd(vma, "vm_flags"));
    expect(w.broken(1)).toEqual([]);
  });

  it("FIELD-READ: not of another field, not after the end, not of one's own", () => {
    const { w, vma } = twoTasks();
    w.as(1, w.k.plainAccessBegin(vma, "vm_flags", "write", "one"));
    w.as(2, w.k.plainAccessBegin(vma, "vm_page_prot", "write", "two"));
    w.as(1, w.k.plainAccessEnd(vma, "vm_flags"));
    w.as(2, w.k.plainAccessBegin(vma, "vm_flags", "write", "two"));
    w.as(2, w.k.markedAccess(vma, "vm_flags", "read", "two"));
    expect(w.broken(1)).toEqual([]);
    expect(w.broken(2)).toEqual([]);
  });

  it("FIELD-READ: two marked accesses do not race, a marked and a plain one do", () => {
    const { w, vma } = twoTasks();
    w.as(1, w.k.markedAccess(vma, "vm_page_prot", "write", "vma_set_page_prot"));
    w.as(2, w.k.markedAccess(vma, "vm_page_prot", "read", "handle_pte_fault"));
    expect(w.broken(2)).toEqual([]);
    w.as(1, w.k.plainAccessBegin(vma, "vm_page_prot", "write", "driver"));
    w.as(2, w.k.markedAccess(vma, "vm_page_prot", "read", "handle_pte_fault"));
    expect(w.broken(2)).toEqual(["FIELD-READ"]);
    expect(messages(w, 2)).toBe(1);
  });

  it.each(BENIGN_RACES.flatMap(({ field, where, reason }) => where.map((place) => [field, place, reason] as const)))(
    "says why a race on %s in %s is benign",
    (field, place, reason) => {
      const { w, vma } = twoTasks();
      w.as(1, w.k.plainAccessBegin(vma, field, "write", "writer"));
      const { violations } = w.attempt(2, w.k.plainAccessBegin(vma, field, "read", place));
      expect(violations.map(({ message, severity }) => [severity, message.includes(`benign: ${reason}`)])).toEqual([
        ["S2", true],
      ]);
      w.as(2, w.k.plainAccessEnd(vma, field));
      const other = w.attempt(2, w.k.plainAccessBegin(vma, field, "read", "elsewhere"));
      expect(other.violations[0]?.message).not.toContain("benign");
    },
  );
});

describe("split and merge", () => {
  it("keeps what a VMA maps, at its offset, and opens the upper part", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 4, VM.READ, "other");
    expect(w.as(1, w.k.mprotect(mm, AT + 4096, 4096, VM.READ | VM.WRITE))).toBe(0);
    const middle = w.table.get(vmaSlot.of(lookup(w, mm, AT + 4096)!.vma));
    const last = w.table.get(vmaSlot.of(lookup(w, mm, AT + 8192)!.vma));
    expect(w.table.get(vmaSlot.of(vma.vma))).toMatchObject({ start: AT, end: AT + 4096, pgoff: 0 });
    expect(middle).toMatchObject({ start: AT + 4096, end: AT + 8192, pgoff: 1, ops: "other", owner: "other0" });
    expect(last).toMatchObject({ start: AT + 8192, end: AT + 4 * 4096, pgoff: 2 });
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["below", AT - 4096, 1],
    ["above", AT + 8192, 1],
    ["between", AT + 8192, 2],
  ])("merges new anonymous memory %s with neighbours that are like it", (_where, start, neighbours) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    if (neighbours === 2) mapAt(w, mm, AT + 3 * 4096, 1);
    expect(mapAt(w, mm, start, 1)).toEqual(vma);
    const { start: from, end } = w.table.get(vmaSlot.of(vma.vma));
    expect([from, end]).toEqual([Math.min(AT, start), AT + (neighbours === 2 ? 4 : start < AT ? 2 : 3) * 4096]);
    expect(w.broken(1)).toEqual([]);
  });

  it("merges memory that is in use, which rmap finds in one place after that", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 3);
    for (const i of [0, 1, 2]) w.as(1, w.k.pageFault(mm, AT + i * 4096, true));
    expect(w.as(1, w.k.mprotect(mm, AT + 4096, 4096, VM.READ))).toBe(0);
    const slot = w.table.get(vmaAnonVma.of(vma.vma))!;
    expect(w.table.get(anonVma.of(slot)).vmas).toHaveLength(3);
    expect(w.as(1, w.k.mprotect(mm, AT + 4096, 4096, RW))).toBe(0);
    expect(w.table.get(anonVma.of(slot)).vmas).toEqual([vma]);
    expect(w.broken(1)).toEqual([]);
  });

  it("gives what it swallows its anon_vma, where only that has one", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 2 * 4096, 1);
    w.as(1, w.k.pageFault(mm, AT + 2 * 4096, true));
    expect(mapAt(w, mm, AT + 4096, 1)).toEqual(vma);
    const slot = w.table.get(vmaAnonVma.of(vma.vma))!;
    expect(w.table.get(anonVma.of(slot)).vmas).toEqual([vma]);
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.exitProcess(mm));
    expect(w.broken(1)).toEqual([]);
  });

  it("does not merge two that each have an anon_vma of its own", () => {
    const w = new World();
    const mm = w.mm(1);
    const [vma, other] = [mapAt(w, mm, AT, 1), mapAt(w, mm, AT + 2 * 4096, 1)];
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.pageFault(mm, AT + 2 * 4096, true));
    expect(mapAt(w, mm, AT + 4096, 1)).toEqual(vma);
    expect(lookup(w, mm, AT + 2 * 4096)).toEqual(other);
    expect(w.broken(1)).toEqual([]);
  });

  it("FIELD-WRITE: the range of a VMA that rmap finds, with rmap locks left out", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, commitMerge(vma, AT, AT + 3 * 4096, null, null));
    expect(w.broken(1)).toEqual(["FIELD-WRITE"]);
  });

  it.each([
    ["other rights", VM.READ, ""],
    ["a driver", RW, "other"],
  ])("does not merge with %s", (_what, flags, ops) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    expect(mapAt(w, mm, AT + 8192, 1, flags, ops)).not.toEqual(vma);
  });

  it("swallows VMAs whose flags have become those of their neighbours", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 3);
    expect(w.as(1, w.k.mprotect(mm, AT + 4096, 4096, VM.READ))).toBe(0);
    expect(lookup(w, mm, AT + 4096)).not.toEqual(vma);
    expect(w.as(1, w.k.mprotect(mm, AT + 4096, 4096, RW))).toBe(0);
    expect(lookup(w, mm, AT + 8192)).toEqual(vma);
    expect(w.table.get(vmaSlot.of(vma.vma))).toMatchObject({ start: AT, end: AT + 3 * 4096 });
    expect(w.broken(1)).toEqual([]);
  });
});
