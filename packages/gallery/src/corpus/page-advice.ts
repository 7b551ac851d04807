import { PAGE_SIZE, swapSlots, TABLE_SPAN, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story } from "./process.ts";

const CTX = 1;

/** Advice about pages, which lets go of mmap_lock on the way, and advice to others. */
export const pageAdvice: readonly CorpusItem[] = [
  story("advice/pageout", {
    title: "another process has a page paged out and in again, while its owner writes to it",
    profile: "linux-6.18.19",
    profiles: ["linux-5.4", "linux-6.12"],
    expect: { clean: ["mm_access", "madvise_cold_or_pageout_pte_range", "try_to_unmap_one", "read_swap_cache_async"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "PAGEOUT");
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "WILLNEED");
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "COLD");
      },
    },
    others: {
      *other(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.processMadvise(mm, AT, PAGE_SIZE, "COLD");
        yield* k.processMadvise(mm, AT, PAGE_SIZE, "DONTNEED");
        yield* k.mmdrop(mm);
      },
    },
  }),
  story("advice/own", {
    title: "process_madvise of oneself",
    profile: "linux-6.14",
    profiles: ["linux-6.12"],
    expect: { clean: ["mm_access", "zap_pte_range"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.processMadvise(mm, AT, PAGE_SIZE, "DONTNEED");
      },
    },
  }),
  story("advice/hole", {
    title: "a hole is punched into a file through its mapping, which is unmapped meanwhile",
    profile: "linux-6.12",
    profiles: ["linux-4.19", "linux-5.4"],
    expect: { clean: ["get_file_ref", "filemap_add_folio", "filemap_remove_folio", "vma_interval_tree_foreach"] },
    setup: (k, mm) => k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 1, RW | VM.SHARED)),
    threads: {
      *process(k, mm) {
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "WILLNEED");
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "WILLNEED");
        yield* k.madvisePages(mm, AT, PAGE_SIZE, "REMOVE");
      },
      *unmap(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
  }),
  story("advice/collapse", {
    title: "a file's page table goes, because its pages became one huge one",
    profile: "linux-6.12",
    profiles: ["linux-6.1"],
    expect: { clean: ["get_file_ref", "pmdp_collapse_flush"] },
    setup(k, mm) {
      k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, TABLE_SPAN / PAGE_SIZE, VM.READ | VM.SHARED));
      k.run(k.mmapReadLock(mm));
      k.run(k.pteAlloc(mm, AT));
      k.run(k.mmapReadUnlock(mm));
    },
    threads: {
      *process(k, mm) {
        yield* k.madvisePages(mm, AT, TABLE_SPAN, "COLLAPSE");
      },
      *unmap(k, mm) {
        yield* k.munmap(mm, AT, TABLE_SPAN);
      },
    },
  }),
  story("advice/populate", {
    title: "pages are faulted in by advice, one of them out of swap while another has it locked",
    profile: "linux-6.12",
    expect: { clean: ["do_swap_page", "folio_wait_locked"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      k.run(anonymous(k, mm, AT, 1));
      k.run(k.pageFault(mm, AT, true));
      return k.run(k.swapOut(mm, AT));
    },
    threads: {
      *process(k, mm) {
        yield* k.madvisePopulate(mm, AT, 2 * PAGE_SIZE, true);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("advice/locked", {
    title: "locked memory is thrown away by the advice that says so",
    profile: "linux-6.18.19",
    profiles: ["linux-6.1"],
    expect: { clean: ["zap_pte_range"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1, RW | VM.LOCKED));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseDontneedLocked(mm, AT, PAGE_SIZE);
      },
    },
  }),
  ...([true, false] as const).map((looks) =>
    story(`advice/monitored-${looks ? "looks-again" : "goes-on"}`, {
      title: looks
        ? "MADV_DONTNEED waits for a monitor, and looks its VMA up again, which may be gone"
        : "MADV_DONTNEED waits for a monitor, and goes on with the VMA that it had",
      profile: "linux-6.12",
      kernel: { uffdEvents: true, uffdRemoveLookup: looks },
      expect: looks
        ? { clean: ["userfaultfd_event_wait_completion", "userfaultfd_ctx_read", "zap_pte_range"] }
        : { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
      setup(k, mm) {
        k.run(anonymous(k, mm, AT, 1));
        k.run(k.pageFault(mm, AT, true));
        k.run(k.userfaultfdApi(CTX, ["remove"]));
        return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "missing"));
      },
      threads: {
        *process(k, mm) {
          yield* k.madviseDontneed(mm, AT, PAGE_SIZE);
        },
        *unmap(k, mm) {
          yield* k.munmap(mm, AT, PAGE_SIZE);
        },
      },
      daemons: {
        *monitor(k) {
          yield* k.userfaultfdCtxRead(CTX);
        },
      },
    }),
  ),
];
