import { PAGE_SIZE, swapSlots, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, story, written } from "./process.ts";

/** Faults that wait for others, meet them on the way, and come again. */
export const faultWaits: readonly CorpusItem[] = [
  story("fault-waits/migration", {
    title: "a write meets a page that is on the move, and waits until it has arrived",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["migration_entry_wait", "folio_migrate_mapping"] },
    setup: written,
    threads: {
      *user(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *migrate(k, _mm, page) {
        yield* k.migratePages(page);
      },
    },
  }),
  story("fault-waits/folio", {
    title: "a fault finds its folio locked: it waits with no lock held, and the second time with mmap_lock",
    profile: "linux-5.4",
    profiles: ["linux-6.12"],
    expect: { clean: ["folio_wait_locked", "mutex_lock", "do_swap_page"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      const { page } = written(k, mm);
      k.run(k.swapOut(mm, AT));
      return `folio_lock${page}`;
    },
    threads: {
      *user(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *writeback(k, _mm, folioLock) {
        for (let turn = 0; turn < 2; turn++) {
          yield* k.mutexLock(folioLock);
          yield* k.mutexUnlock(folioLock);
        }
      },
    },
  }),
  story("fault-waits/monitor", {
    title: "a fault of memory with a monitor waits for it with no lock held",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["handle_userfault", "set_pte_at"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, 1, "missing"));
    },
    threads: {
      *user(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.uffdioCopy(mm, AT);
      },
    },
  }),
  story("fault-waits/monitored-middle", {
    title: "a monitor takes the middle of a mapping while the process dumps core, which older kernels ask for",
    profile: "linux-5.4",
    profiles: ["linux-6.12"],
    expect: { clean: ["mmget_still_valid", "userfaultfd_set_ctx", "__split_vma", "zap_threads"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 3)),
    threads: {
      *process(k, mm) {
        yield* k.doCoredump(mm);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.userfaultfdRegister(mm, AT + PAGE_SIZE, PAGE_SIZE, 1, "missing");
        yield* k.userfaultfdUnregister(mm, AT, 3 * PAGE_SIZE);
      },
    },
  }),
  story("fault-waits/zero-page", {
    title: "two threads write to the zero page: the slower one's copy is not needed any more",
    profile: "linux-6.12",
    expect: { clean: ["wp_page_copy", "put_page"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.pageFault(mm, AT, false));
    },
    threads: {
      *one(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *other(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("fault-waits/lazyfree", {
    title: "a page is given up with MADV_FREE, and written again or thrown away, whoever is faster",
    profile: "linux-7.0",
    profiles: ["linux-5.4"],
    expect: { clean: ["madvise_free_pte_range", "folio_is_lazyfree", "try_to_unmap_lazyfree", "folio_try_get"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, VM.READ));
      return k.run(anonymous(k, mm, AT + 4 * PAGE_SIZE, 1, VM.READ | VM.LOCKED));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseFree(mm, AT, PAGE_SIZE);
        yield* k.userAccess(mm, AT, true);
        yield* k.madviseFree(mm, AT, 5 * PAGE_SIZE);
      },
    },
    others: {
      *reclaim(k, mm) {
        yield* k.reclaimLazyfree(mm, AT);
      },
    },
  }),
  story("fault-waits/lazyfree-unmapped", {
    title: "the page that reclaim is about to throw away is unmapped",
    profile: "linux-6.12",
    expect: { clean: ["folio_try_get", "folio_is_lazyfree", "put_page"] },
    setup(k, mm) {
      written(k, mm);
      return k.run(k.madviseFree(mm, AT, PAGE_SIZE));
    },
    threads: {
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    others: {
      *reclaim(k, mm) {
        yield* k.mmgetNotZero(mm);
        yield* k.reclaimLazyfree(mm, AT);
        yield* k.mmputAsync(mm);
      },
    },
  }),
];
