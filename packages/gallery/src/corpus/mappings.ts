import { PAGE_SIZE, TABLE_SPAN, TASK_SIZE, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story } from "./process.ts";

/** mmap, munmap, mprotect, mlock: VMAs split, merge, grow and go. */
export const mappings: readonly CorpusItem[] = [
  story("mappings/neighbours", {
    title: "a mapping between two others makes one VMA of all three, and the anon_vma of one is everybody's",
    profile: "linux-6.12",
    profiles: ["linux-4.19", "linux-7.0"],
    expect: { clean: ["commit_merge", "anon_vma_clone", "unlink_anon_vmas"] },
    threads: {
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 1);
        yield* anonymous(k, mm, AT + 2 * PAGE_SIZE, 1);
        yield* k.pageFault(mm, AT + 2 * PAGE_SIZE, true);
        yield* anonymous(k, mm, AT + PAGE_SIZE, 1);
        yield* anonymous(k, mm, AT + 3 * PAGE_SIZE, 1);
        yield* k.munmap(mm, AT, 4 * PAGE_SIZE);
      },
    },
  }),
  story("mappings/protect-middle", {
    title: "the middle page loses its right to write, and gets it back",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["split_vma", "change_pte_range", "commit_merge"] },
    threads: {
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 3);
        yield* k.pageFault(mm, AT + PAGE_SIZE, true);
        yield* k.mprotect(mm, AT + PAGE_SIZE, PAGE_SIZE, VM.READ);
        yield* k.mprotect(mm, AT + PAGE_SIZE, PAGE_SIZE, RW);
        yield* k.mprotect(mm, AT + 3 * PAGE_SIZE, PAGE_SIZE, RW);
      },
    },
  }),
  story("mappings/file-protect-middle", {
    title: "the same of a file's mapping, which rmap must not look at meanwhile",
    profile: "linux-6.12",
    expect: { clean: ["split_vma", "commit_merge", "vma_interval_tree_remove"] },
    setup: (k, mm) => k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 3, RW | VM.SHARED)),
    threads: {
      *process(k, mm) {
        yield* k.mprotect(mm, AT + PAGE_SIZE, PAGE_SIZE, VM.READ);
        yield* k.mprotect(mm, AT + PAGE_SIZE, PAGE_SIZE, RW);
      },
    },
    others: {
      *truncate(k) {
        yield* k.unmapMappingPages(INODE, 0, 3);
      },
    },
  }),
  story("mappings/lock", {
    title: "the last page is locked in memory and let go of, beside a gap that cannot be",
    profile: "linux-6.12",
    expect: { clean: ["vm_flags_reset_once", "commit_merge"] },
    threads: {
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 2);
        yield* k.mlock(mm, AT + PAGE_SIZE, PAGE_SIZE, true);
        yield* k.mlock(mm, AT, 2 * PAGE_SIZE, false);
        yield* k.mlock(mm, AT + PAGE_SIZE, 2 * PAGE_SIZE, true);
      },
    },
  }),
  story("mappings/file-parts", {
    title: "a file's mapping loses its middle and its ends while its pages are unmapped by offset",
    profile: "linux-6.12",
    profiles: ["linux-4.19"],
    expect: { clean: ["vma_interval_tree_remove", "vma_interval_tree_foreach", "fput"] },
    setup: (k, mm) => {
      const file = k.run(k.doDentryOpen(INODE, "", ""));
      k.run(ofFile(k, mm, file, AT, 3, RW | VM.SHARED));
      return file;
    },
    threads: {
      *process(k, mm, file) {
        yield* k.munmap(mm, AT + PAGE_SIZE, PAGE_SIZE);
        yield* k.munmap(mm, AT, 3 * PAGE_SIZE);
        yield* k.filpClose(file);
      },
    },
    others: {
      *truncate(k) {
        yield* k.unmapMappingPages(INODE, 0, 3);
      },
    },
  }),
  story("mappings/hook-refuses", {
    title: "a driver refuses to be mapped writable, and the new VMA goes as it came",
    profile: "linux-6.12",
    expect: { clean: ["vm_area_free", "fput"] },
    setup: (k) => k.run(k.doDentryOpen(INODE, "", "")),
    threads: {
      *process(k, mm, file) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "binder", owner: "binder0", file });
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "rust_binder", owner: "binder0" });
      },
    },
  }),
  story("mappings/refused", {
    title: "calls that the kernel refuses: odd addresses, nothing there, gaps, rights that may not be had",
    profile: "linux-7.0",
    expect: { clean: ["vma_view", "access_error", "madvise_dontneed_free_valid_vma"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(anonymous(k, mm, AT + 2 * PAGE_SIZE, 1, VM.READ | VM.PFNMAP));
    },
    threads: {
      *process(k, mm) {
        const move = { start: AT, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: AT + TABLE_SPAN, dontUnmap: false };
        const odd = AT + 1;
        yield* anonymous(k, mm, odd, 1);
        yield* anonymous(k, mm, TASK_SIZE, 1);
        yield* k.munmap(mm, odd, PAGE_SIZE);
        yield* k.mprotect(mm, odd, PAGE_SIZE, VM.READ);
        yield* k.mprotect(mm, AT, 0, VM.READ);
        yield* k.mprotect(mm, TASK_SIZE, PAGE_SIZE, VM.READ);
        yield* k.mprotect(mm, AT + PAGE_SIZE, 2 * PAGE_SIZE, VM.READ);
        yield* k.mlock(mm, odd, PAGE_SIZE, true);
        yield* k.mlock(mm, AT + PAGE_SIZE, 2 * PAGE_SIZE, true);
        yield* k.madviseDontneed(mm, odd, PAGE_SIZE);
        yield* k.madviseDontneed(mm, AT, 3 * PAGE_SIZE);
        yield* k.madviseDontneed(mm, AT + PAGE_SIZE, PAGE_SIZE);
        yield* k.madviseFlags(mm, odd, PAGE_SIZE, "DONTFORK");
        yield* k.madviseFlags(mm, AT + 2 * PAGE_SIZE, PAGE_SIZE, "DODUMP");
        yield* k.madviseGuard(mm, odd, PAGE_SIZE, true);
        yield* k.madviseGuard(mm, AT + 2 * PAGE_SIZE, PAGE_SIZE, true);
        yield* k.madviseGuard(mm, AT, PAGE_SIZE, false);
        yield* k.pageFault(mm, AT + 2 * PAGE_SIZE, true);
        yield* k.pageFault(mm, AT + 8 * PAGE_SIZE, true);
        yield* k.mremap(mm, { ...move, start: odd });
        yield* k.mremap(mm, { ...move, to: null, dontUnmap: true });
        yield* k.mremap(mm, { ...move, to: TASK_SIZE });
        yield* k.mremap(mm, { ...move, to: AT });
        yield* k.mremap(mm, { ...move, start: AT + PAGE_SIZE });
        yield* k.mremap(mm, { ...move, oldLength: 2 * PAGE_SIZE, newLength: 2 * PAGE_SIZE });
        yield* k.mremap(mm, { ...move, oldLength: 3 * PAGE_SIZE, newLength: 3 * PAGE_SIZE });
        yield* k.mremap(mm, { ...move, start: AT + 2 * PAGE_SIZE, dontUnmap: true });
        yield* k.mremap(mm, { ...move, start: AT + 2 * PAGE_SIZE, newLength: 2 * PAGE_SIZE });
        yield* k.mremap(mm, { ...move, to: null, newLength: 4 * PAGE_SIZE });
        yield* k.getMempolicy(mm, AT + PAGE_SIZE, "referenced");
        yield* k.getMempolicy(mm, AT, "referenced");
        yield* k.mbind(mm, AT + PAGE_SIZE, "mpol0");
        yield* k.truncateInodeFolio(INODE, 0);
      },
    },
  }),
  story("mappings/stack-and-first-write", {
    title: "a stack grows under the read lock while its first page is written: both bring it an anon_vma, and one does",
    profile: "linux-6.1",
    expect: { breaks: ["FIELD-WRITE"], severity: "S0" },
    setup: (k, mm) => k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, RW | VM.GROWSDOWN)),
    threads: {
      *grow(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *write(k, mm) {
        yield* k.pageFault(mm, AT + PAGE_SIZE, true);
      },
    },
  }),
  story("mappings/below-a-stack", {
    title: "memory just below a stack is unmapped, by kernels that mind and by those that do not",
    profile: "linux-5.4",
    profiles: ["linux-4.19", "linux-6.12"],
    expect: { clean: ["vma_iter_clear"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, RW | VM.GROWSDOWN)),
    threads: {
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 1, VM.READ);
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("mappings/zapped-in-turns", {
    title: "pages are thrown away, and zapping may stop between any two of them while another reads",
    profile: "linux-6.18",
    kernel: { zapBreaks: true },
    expect: { clean: ["zap_pte_range", "set_zero_pte"] },
    setup: (k, mm) => {
      k.run(anonymous(k, mm, AT, 2));
      k.run(k.pageFault(mm, AT, true));
      k.run(k.pageFault(mm, AT + PAGE_SIZE, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseDontneed(mm, AT, 2 * PAGE_SIZE);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("mappings/moved", {
    title: "memory grows in place, moves with its page, shrinks, and leaves an empty VMA behind",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["vma_expandable", "move_ptes", "flush_tlb_range", "copy_vma"] },
    threads: {
      *process(k, mm) {
        const [two, elsewhere] = [2 * PAGE_SIZE, AT + TABLE_SPAN];
        yield* anonymous(k, mm, AT, 1);
        yield* k.mremap(mm, { start: AT, oldLength: PAGE_SIZE, newLength: two, to: null, dontUnmap: false });
        yield* k.pageFault(mm, AT, true);
        yield* k.mremap(mm, { start: AT, oldLength: two, newLength: two, to: elsewhere, dontUnmap: false });
        yield* k.mremap(mm, { start: elsewhere, oldLength: two, newLength: PAGE_SIZE, to: null, dontUnmap: false });
        yield* k.mremap(mm, { start: elsewhere, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: AT, dontUnmap: true });
      },
      *reader(k, mm) {
        yield* k.userAccess(mm, AT, false);
      },
    },
  }),
  story("mappings/moved-back", {
    title: "memory with a page moves away and back, and joins what was mapped beside its place meanwhile",
    profile: "linux-6.18",
    expect: { clean: ["commit_merge", "anon_vma_clone", "move_ptes"] },
    threads: {
      *process(k, mm) {
        const [beside, elsewhere] = [AT + PAGE_SIZE, AT + TABLE_SPAN];
        const move = { oldLength: PAGE_SIZE, newLength: PAGE_SIZE, dontUnmap: false };
        yield* anonymous(k, mm, beside, 1);
        yield* k.pageFault(mm, beside, true);
        yield* k.mremap(mm, { ...move, start: beside, to: elsewhere });
        yield* anonymous(k, mm, AT, 1);
        yield* k.mremap(mm, { ...move, start: elsewhere, to: beside });
      },
    },
  }),
  story("mappings/whole-table-moved", {
    title: "a whole page table moves: entry by entry, or at once",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    expect: { clean: ["flush_tlb_range", "copy_vma"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, TABLE_SPAN / PAGE_SIZE));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        const to = AT + 2 * TABLE_SPAN;
        yield* k.mremap(mm, { start: AT, oldLength: TABLE_SPAN, newLength: TABLE_SPAN, to, dontUnmap: false });
      },
    },
  }),
  story("mappings/several-moved", {
    title: "two VMAs move at once where the kernel can, and the call fails where it cannot",
    profile: "linux-6.18.19",
    profiles: ["linux-6.12"],
    expect: { clean: ["copy_vma"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, VM.READ));
    },
    threads: {
      *process(k, mm) {
        const length = 2 * PAGE_SIZE;
        const to = AT + TABLE_SPAN;
        yield* k.mremap(mm, { start: AT, oldLength: length, newLength: length, to, dontUnmap: false });
      },
    },
  }),
];
