import { describe, expect, it } from "vitest";
import { ERRNO, kernelMachine, type PagePtr, presentPte, pteAt, runAlone, VM, vmaFlags } from "../src/index.ts";
import { uffdWpRange } from "../src/events/uffd-wp-steps.ts";
import { pageCache } from "../src/objects/file.ts";
import { pageTables } from "../src/objects/mm.ts";
import { pageMapping, pagePool } from "../src/objects/page.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const INODE = 0;

/** Three pages of a file, of which the cache has those named. */
function mapped(profile: string, flags: number, cached: readonly number[] = [], ops = "") {
  const w = new World(3, profile);
  const mm = w.mm(1);
  const opened = w.as(1, w.k.doDentryOpen(INODE, ops, ""));
  w.as(1, w.k.mmap(mm, { start: AT, length: 3 * PAGE, flags, ops: "", owner: "", file: opened }));
  for (const index of cached) w.as(1, w.k.filemapAddFolio(INODE, index, w.as(1, w.k.allocPage())));
  const cache = (index: number): PagePtr => w.table.get(pageCache.of(INODE, index))!;
  const present = (page: number) => presentPte(w.table.get(pteAt(mm, AT + page * PAGE)));
  return { w, mm, cache, present };
}

const KERNELS = ["linux-4.19", "linux-6.4.0", "linux-6.12", "linux-7.0"];

describe.each(KERNELS)("a fault on a file in %s", (profile) => {
  it("maps what the cache has around it, for reading", () => {
    const { w, mm, cache, present } = mapped(profile, RW | VM.SHARED, [0, 2]);
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect([present(0), present(1), present(2)]).toEqual([
      { ...cache(0), write: false },
      null,
      { ...cache(2), write: false },
    ]);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(present(0)).toEqual({ ...cache(0), write: true });
    expect(w.broken(1)).toEqual([]);
  });

  it("reads what the cache does not have", () => {
    const { w, mm, cache, present } = mapped(profile, RW | VM.SHARED);
    expect(w.as(1, w.k.pageFault(mm, AT + PAGE, true))).toBe("ok");
    expect(present(1)).toEqual({ ...cache(1), write: true });
    expect(w.table.get(pageMapping.of(cache(1).page))).toEqual({ inode: INODE, index: 1 });
    expect(w.broken(1)).toEqual([]);
  });

  it("copies a private page that is written, at once or when it is mapped for reading already", () => {
    const { w, mm, cache, present } = mapped(profile, RW, [0, 1]);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.pageFault(mm, AT + PAGE, false));
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    for (const page of [0, 1]) {
      expect(present(page)?.write).toBe(true);
      expect(present(page)?.page).not.toBe(cache(page).page);
      expect(w.table.get(pageMapping.of(present(page)!.page))).toHaveProperty("anonVma");
    }
    expect(w.broken(1)).toEqual([]);
  });

  it("waits for a locked page without its lock at first, then with it", () => {
    const { w, mm, cache, present } = mapped(profile, RW | VM.SHARED, [0]);
    w.as(2, w.k.mutexLock(`folio_lock${cache(0).page}`));
    expect(() => w.as(1, w.k.pageFault(mm, AT, false))).toThrow("mutex_lock");
    expect(present(0)).toBeNull();
    expect(w.as(2, w.k.mmapWriteTrylock(mm))).toBe(true);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});

describe("a fault", () => {
  it("is SIGBUS of shared memory to which a driver gave no vm_ops, and private memory is like anonymous", () => {
    const shared = mapped("linux-6.12", RW | VM.SHARED, [], "drv");
    expect(shared.w.as(1, shared.w.k.pageFault(shared.mm, AT, false))).toBe("SIGBUS");
    const own = mapped("linux-6.12", RW, [], "drv");
    expect(own.w.as(1, own.w.k.pageFault(own.mm, AT, true))).toBe("ok");
    expect(own.w.broken(1)).toEqual([]);
  });

  it("FLAG-PAIR: writes where VM_WRITE stands without VM_MAYWRITE", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.table.apply(new Map([[vmaFlags.of(vma.vma) as never, w.table.get(vmaFlags.of(vma.vma)) & ~VM.MAYWRITE]]));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.broken(1)).toEqual([]);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ACCERR");
    expect(w.broken(1)).toEqual(["FLAG-PAIR"]);
  });

  it("gives a page up that was truncated while it waited for it", () => {
    const { w, mm, cache, present } = mapped("linux-6.12", VM.READ | VM.SHARED, [0]);
    const old = cache(0);
    w.as(2, w.k.truncateInodeFolio(INODE, 0));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(present(0)).not.toEqual({ ...old, write: false });
    expect(w.table.get(pagePool).free).toHaveLength(0);
  });
});

describe("a page table that is taken away while what the cache has is mapped around", () => {
  it.each(["linux-6.12", "linux-7.0"])("is made again, for the page alone: %s", (profile) => {
    const { w, mm, cache, present } = mapped(profile, VM.READ | VM.SHARED, [0, 1]);
    const reducer = kernelMachine.steps.get("pte_offset_map_lock")!;
    let taken = false;
    // Between filemap_map_pmd, which has just made it, and the lock.
    const machine = {
      ...kernelMachine,
      steps: new Map(kernelMachine.steps).set("pte_offset_map_lock", {
        ...reducer,
        run: (tx, ...args) => {
          if (!taken) tx.write(pageTables.of(mm), []);
          taken = true;
          return reducer.run(tx, ...args);
        },
      }),
    };
    expect(runAlone(machine, w.table, 1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect([present(0), present(1)]).toEqual([{ ...cache(0), write: false }, null]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("write protection by userfaultfd", () => {
  function protectedPage(mode: "wp" | "wp-async", flags = RW) {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2, flags);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, mode));
    expect(w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, true))).toBe(0);
    return { w, mm };
  }

  it("makes a write wait for the monitor, which takes it off", () => {
    const { w, mm } = protectedPage("wp");
    expect(presentPte(w.table.get(pteAt(mm, AT)))).toMatchObject({ write: false, uffdWp: true });
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(() => w.as(1, w.k.pageFault(mm, AT, true))).toThrow("handle_userfault_wp");
    expect(w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, false))).toBe(0);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.write).toBe(true);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("is resolved in place where nobody waits for it", () => {
    const { w, mm } = protectedPage("wp-async");
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    const { page, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
    expect(presentPte(w.table.get(pteAt(mm, AT)))).toEqual({ page, gen, write: true });
    expect(w.broken(1)).toEqual([]);
  });

  it("leaves markers where a file's pages are not mapped, which protect what is mapped there", () => {
    const { w, mm, present } = mapped("linux-6.12", RW | VM.SHARED, [0]);
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "wp-async"));
    w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, true));
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "marker", marker: "uffd-wp" });
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(present(0)).toMatchObject({ write: false, uffdWp: true });
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(present(0)?.uffdWp).toBeUndefined();
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("leaves a marker that means nothing any more when its context is gone", () => {
    const { w, mm, present } = mapped("linux-6.12", RW | VM.SHARED, [0]);
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "wp-async"));
    w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, true));
    w.as(1, w.k.userfaultfdUnregister(mm, AT, PAGE));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(present(0)?.uffdWp).toBeUndefined();
    expect(w.broken(1)).toEqual([]);
  });

  it("is refused where nobody is registered for it", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    expect(w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, true))).toBe(ERRNO.ENOENT);
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "missing"));
    expect(w.as(2, w.k.uffdioWriteprotect(mm, AT, PAGE, true))).toBe(ERRNO.ENOENT);
    expect(w.broken(2)).toEqual([]);
  });

  it("PTE-LOCK: changes entries only under the page-table lock", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, uffdWpRange(vma, AT, AT + PAGE, true));
    expect(w.broken(1)).toEqual(["PTE-LOCK"]);
  });

  it.each([
    ["linux-6.4.0", false],
    ["linux-6.6", true],
  ])("%s: a fault under the VMA lock may be a monitor's: %s (faultUnderVma)", (profile, may) => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "wp"));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT)) !== null).toBe(may);
    expect(lookup(w, mm, AT)).not.toBeNull();
  });
});
