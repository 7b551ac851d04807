import { PAGE_SIZE, TABLE_SPAN, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, RW, story } from "./process.ts";

/** madvise in its kinds, under mmap_lock and under VMA locks. */
export const advice: readonly CorpusItem[] = [
  story("advice/dontneed", {
    title: "pages are thrown away, in one VMA and in two, while a fault brings one back",
    profile: "linux-6.18.19",
    profiles: ["linux-5.4", "linux-6.12"],
    expect: { clean: ["madvise_dontneed_free_valid_vma", "zap_pte_range"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, VM.READ));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseDontneed(mm, AT, PAGE_SIZE);
        yield* k.madviseDontneed(mm, AT, 2 * PAGE_SIZE);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("advice/whole-table", {
    title: "everything that a page table maps is thrown away, and the table with it where the kernel does that",
    profile: "linux-6.18.19",
    profiles: ["linux-6.12"],
    expect: { clean: ["madvise_dontneed_free_valid_vma"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, TABLE_SPAN / PAGE_SIZE));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseDontneed(mm, AT, TABLE_SPAN);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("advice/guard", {
    title: "guards are put and taken away in two VMAs and in one, while a fault fills their place",
    profile: "linux-7.0",
    profiles: ["linux-6.14", "linux-6.18.19"],
    expect: { clean: ["guard_install_set_pte", "guard_remove_pte_entry", "vma_set_atomic_flag"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, VM.READ));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseGuard(mm, AT, 2 * PAGE_SIZE, true);
        yield* k.madviseGuard(mm, AT, PAGE_SIZE, false);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("advice/flags", {
    title: "a driver's memory is to be inherited and dumped after all: refused where its flags forbid it",
    profile: "linux-6.12",
    profiles: ["linux-7.0"],
    expect: { clean: ["vm_flags_reset_once"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 2));
      return k.run(
        k.mmap(mm, { start: AT + 4 * PAGE_SIZE, length: PAGE_SIZE, flags: RW, ops: "other", owner: "other0" }),
      );
    },
    threads: {
      *process(k, mm) {
        for (const one of ["DONTFORK", "DOFORK", "DONTDUMP", "DODUMP", "WIPEONFORK", "KEEPONFORK"] as const) {
          yield* k.madviseFlags(mm, AT, PAGE_SIZE, one);
        }
        yield* k.madviseFlags(mm, AT + 4 * PAGE_SIZE, PAGE_SIZE, "DOFORK");
        yield* k.madviseFlags(mm, AT, 5 * PAGE_SIZE, "DODUMP");
      },
    },
  }),
];
