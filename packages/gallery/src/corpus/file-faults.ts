import { PAGE_SIZE, VM } from "@faultline/mm";
import type { SetupKernel } from "@faultline/interleave";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story } from "./process.ts";

const CTX = 1;

function fileMapped(k: SetupKernel, mm: number, flags: number): void {
  k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 1, flags));
}

/** Faults that find their pages in the page cache, and writes that a monitor wants to know of. */
export const fileFaults: readonly CorpusItem[] = [
  story("faults/file-truncated", {
    title: "a page of a file is faulted in, written, and truncated meanwhile",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["filemap_map_pmd", "filemap_add_folio", "wp_page_shared", "folio_contains"] },
    setup: (k, mm) => {
      fileMapped(k, mm, RW | VM.SHARED);
    },
    threads: {
      *reader(k, mm) {
        yield* k.pageFault(mm, AT, false);
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *truncate(k) {
        yield* k.truncateInodeFolio(INODE, 0);
      },
    },
  }),
  story("faults/file-around", {
    title:
      "what the cache has is mapped around a read while the file is truncated, if there is memory for the page table",
    profile: "linux-6.18",
    profiles: ["linux-6.12"],
    kernel: { injectFailures: ["page-table"] },
    expect: { clean: ["filemap_map_pmd", "filemap_map_pages", "should_fail"] },
    setup: (k, mm) => {
      k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 2, RW | VM.SHARED));
      k.run(k.filemapAddFolio(INODE, 0, k.run(k.allocPage())));
    },
    threads: {
      *reader(k, mm) {
        yield* k.pageFault(mm, AT + PAGE_SIZE, false);
        yield* k.pageFault(mm, AT, false);
      },
    },
    others: {
      *truncate(k) {
        yield* k.truncateInodeFolio(INODE, 0);
      },
    },
  }),
  story("faults/file-twice", {
    title: "two write to a page of a file that the cache does not have",
    profile: "linux-6.12",
    expect: { clean: ["filemap_add_folio", "folio_contains", "get_file_ref"] },
    setup: (k, mm) => {
      fileMapped(k, mm, RW | VM.SHARED);
    },
    threads: {
      *one(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *two(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("faults/file-private", {
    title: "private pages of a file are written by two at once, for want of memory by none",
    profile: "linux-6.12",
    kernel: { injectFailures: ["page"] },
    expect: { clean: ["filemap_add_folio", "set_pte_at", "should_fail"] },
    setup: (k, mm) => {
      fileMapped(k, mm, RW);
    },
    threads: {
      *one(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *two(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("faults/no-vm-ops", {
    title: "shared memory to which a driver gave no vm_ops",
    profile: "linux-6.12",
    expect: { clean: ["access_error"] },
    setup: (k, mm) => k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "other", "")), AT, 1, RW | VM.SHARED)),
    threads: {
      *process(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("faults/protected", {
    title: "a write waits for the monitor that has protected the page",
    profile: "linux-6.12",
    profiles: ["linux-6.4.3"],
    expect: { clean: ["uffd_wp_range", "userfaultfd_wp", "handle_userfault_wp", "wp_page_reuse"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      k.run(k.pageFault(mm, AT, true));
      return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "wp"));
    },
    threads: {
      *process(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, true);
        yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, false);
      },
    },
  }),
  story("faults/protected-file", {
    title: "markers protect what a file's mapping does not map yet, until nobody wants to know",
    profile: "linux-6.12",
    expect: { clean: ["uffd_wp_range", "set_pte_range_uffd_wp", "wp_page_shared"] },
    setup(k, mm) {
      fileMapped(k, mm, RW | VM.SHARED);
      return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "wp-async"));
    },
    threads: {
      *process(k, mm) {
        yield* k.pageFault(mm, AT, true);
        yield* k.pageFault(mm, AT, true);
        yield* k.madviseDontneed(mm, AT, PAGE_SIZE);
        yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, true);
        yield* k.userfaultfdUnregister(mm, AT, PAGE_SIZE);
        yield* k.pageFault(mm, AT, false);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, true);
      },
    },
  }),
];
