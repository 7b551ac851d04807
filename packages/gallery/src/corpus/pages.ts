import { type Kernel, PAGE_SIZE, presentPte, type PagePtr, type Steps, swapSlots, TABLE_SPAN, VM } from "@faultline/mm";
import type { SetupKernel } from "@faultline/interleave";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story, vmaAt, written } from "./process.ts";

/** A private mapping of a file, as long as a page table maps or shorter; the table is there and empty. */
function withTable(k: SetupKernel, mm: number, pages: number): number {
  k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, pages, RW));
  k.run(k.mmapReadLock(mm));
  k.run(k.pteAlloc(mm, AT));
  k.run(k.mmapReadUnlock(mm));
  return mm;
}

const wholeTable = (k: SetupKernel, mm: number): number => withTable(k, mm, TABLE_SPAN / PAGE_SIZE);

/** A page that is still mapped is isolated: found under mmap_lock, and kept by a reference. Whether it was. */
function* isolate(k: Kernel, mm: number, page: PagePtr): Steps<boolean> {
  yield* k.mmgetNotZero(mm);
  yield* k.mmapReadLock(mm);
  const there = (yield* k.vmaLookup(mm, AT)) !== null && presentPte(yield* k.ptepGet(mm, AT)) !== null;
  if (there) yield* k.getPage(page);
  yield* k.mmapReadUnlock(mm);
  yield* k.mmputAsync(mm);
  return there;
}

/** Migration, page tables that go, userfaultfd. */
export const pages: readonly CorpusItem[] = [
  story("pages/migrated", {
    title: "a page is migrated while its VMA is unmapped",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["try_to_migrate_one", "remove_migration_pte", "folio_migrate_mapping"] },
    setup: written,
    threads: {
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    others: {
      *migrate(k, mm, page) {
        if (!(yield* isolate(k, mm, page))) return;
        yield* k.migratePages(page);
        yield* k.putPage(page);
      },
    },
  }),
  story("pages/file-reclaimed", {
    title: "reclaim looks for a file's page by its offset while the file is truncated",
    profile: "linux-6.12",
    expect: { clean: ["vma_interval_tree_foreach", "filemap_remove_folio", "folio_referenced"] },
    setup(k, mm) {
      k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 1, RW | VM.SHARED));
      k.run(k.filemapAddFolio(INODE, 0, k.run(k.allocPage())));
      const page = k.run(k.filemapGetFolio(INODE, 0))!;
      const vma = k.run(vmaAt(k, mm, AT))!;
      k.run(k.mmapReadLock(mm));
      k.run(k.pteAlloc(mm, AT));
      k.run(k.pteOffsetMapLock(mm, AT));
      k.run(k.setPteAt(vma, AT, page, true));
      k.run(k.pteUnmapUnlock(mm, AT));
      k.run(k.mmapReadUnlock(mm));
      return page;
    },
    threads: {
      *reclaim(k) {
        const page = yield* k.filemapGetFolio(INODE, 0);
        if (page === null) return;
        yield* k.folioReferenced(page);
        yield* k.putPage(page);
      },
    },
    others: {
      *truncate(k) {
        yield* k.truncateInodeFolio(INODE, 0);
      },
    },
  }),
  story("pages/table-retracted", {
    title: "khugepaged takes a page table away under the locks of PMD and table while a write fills it",
    profile: "linux-6.12",
    profiles: ["linux-6.1"],
    expect: { clean: ["pmdp_collapse_flush", "set_pte_at"] },
    setup: wholeTable,
    threads: {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *khugepaged(k) {
        yield* k.retractPageTables(INODE, 0);
      },
    },
  }),
  ...(["fork", "mremap", "madvise", "mprotect"] as const).map((act) =>
    story(`pages/table-retracted-by-${act}`, {
      title: `khugepaged takes a page table away while ${act} wants it`,
      profile: "linux-6.12",
      expect: { clean: ["pmdp_collapse_flush"] },
      setup: wholeTable,
      threads: {
        *process(k, mm) {
          const to = AT + 2 * TABLE_SPAN + PAGE_SIZE;
          if (act === "fork") yield* k.exitProcess(yield* k.fork(mm, null, null));
          if (act === "mremap") {
            const [oldLength, newLength] = [PAGE_SIZE, PAGE_SIZE];
            yield* k.mremap(mm, { start: AT, oldLength, newLength, to, dontUnmap: false });
          }
          if (act === "madvise") yield* k.madviseDontneed(mm, AT, TABLE_SPAN);
          if (act === "mprotect") yield* k.mprotect(mm, AT, TABLE_SPAN, VM.READ);
        },
      },
      others: {
        *khugepaged(k) {
          yield* k.retractPageTables(INODE, 0);
        },
      },
    }),
  ),
  story("pages/new-table-retracted", {
    title: "khugepaged takes away the page table that mremap has just made for the new place",
    profile: "linux-6.12",
    expect: { clean: ["pmdp_collapse_flush", "copy_vma", "__pte_alloc"] },
    setup: (k, mm) => withTable(k, mm, 1),
    threads: {
      *process(k, mm) {
        const to = AT + 2 * TABLE_SPAN;
        yield* k.mremap(mm, { start: AT, oldLength: PAGE_SIZE, newLength: TABLE_SPAN, to, dontUnmap: false });
      },
    },
    others: {
      *khugepaged(k) {
        yield* k.retractPageTables(INODE, 0);
      },
    },
  }),
  story("pages/userfaultfd-refused", {
    title: "a monitor of a process that has exited, and of memory that is not its own",
    profile: "linux-6.12",
    expect: { clean: ["mmget_not_zero", "vm_userfaultfd_ctx"] },
    setup: written,
    threads: {
      *process(k, mm) {
        yield* k.waitEvent("kept", 1);
        yield* k.exitProcess(mm);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.writeOnce("kept", 1);
        yield* k.userfaultfdRegister(mm, AT, PAGE_SIZE, 1, "missing");
        yield* k.uffdioMove(mm, AT, AT + PAGE_SIZE);
        yield* k.uffdioMove(mm, AT + PAGE_SIZE, AT);
        yield* k.uffdioCopy(mm, AT);
        yield* k.userfaultfdUnregister(mm, AT, PAGE_SIZE);
        yield* k.mmdrop(mm);
      },
    },
  }),
  story("pages/userfaultfd", {
    title: "a fault waits for a monitor, which fills its page and moves a swapped one, and then goes",
    profile: "linux-6.12",
    profiles: ["linux-6.18.19"],
    expect: { clean: ["handle_userfault", "vma_can_userfault", "userfaultfd_set_ctx", "move_swap_pte"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      k.run(k.swapOut(mm, AT));
      return k.run(anonymous(k, mm, AT + TABLE_SPAN, 2));
    },
    threads: {
      *process(k, mm) {
        const to = AT + TABLE_SPAN;
        yield* k.userfaultfdRegister(mm, to, 2 * PAGE_SIZE, 1, "missing");
        const vma = yield* vmaAt(k, mm, to);
        yield* k.writeOnce("registered", 1);
        if (vma !== null) yield* k.handleUserfault(mm, to, vma);
      },
    },
    others: {
      *monitor(k, mm) {
        const to = AT + TABLE_SPAN;
        yield* k.waitEvent("registered", 1);
        yield* k.uffdioCopy(mm, to);
        yield* k.uffdioCopy(mm, to);
        yield* k.uffdioMove(mm, to + PAGE_SIZE, AT);
        yield* k.userfaultfdUnregister(mm, to, 2 * PAGE_SIZE);
        yield* k.uffdioCopy(mm, to);
      },
    },
  }),
];
