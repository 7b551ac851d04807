import { PAGE_SIZE, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story } from "./process.ts";

const RX = VM.READ | VM.EXEC;

/** What an address space refuses to itself: memory that is sealed, or may not be executed; files that are. */
export const seals: readonly CorpusItem[] = [
  story("seals/mseal", {
    title: "the middle page is sealed, while another thread of the process would unmap all of it",
    profile: "linux-6.12",
    profiles: ["linux-6.6"],
    expect: { clean: ["vma_set_sealed", "vma_mark_attached"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 3, VM.READ)),
    threads: {
      *sealer(k, mm) {
        yield* k.mseal(mm, AT + PAGE_SIZE, PAGE_SIZE);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, 3 * PAGE_SIZE);
      },
    },
  }),
  story("seals/killed", {
    title: "mseal waits for mmap_lock, and a fatal signal ends that",
    profile: "linux-6.12",
    kernel: { injectFailures: ["fatal-signal"] },
    expect: { clean: ["vma_set_sealed", "send_sig_kill"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1, VM.READ)),
    threads: {
      *sealer(k, mm) {
        yield* k.mseal(mm, AT, PAGE_SIZE);
      },
      *process(k, mm) {
        yield* k.mmapReadLock(mm);
        yield* k.mmapReadUnlock(mm);
      },
    },
    others: {
      *killer(k) {
        yield* k.sendSigKill(1);
      },
    },
  }),
  story("seals/mdwe", {
    title: "an address space in which nothing writable is executed",
    profile: "linux-6.12",
    expect: { clean: ["mm_flags_test"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1, VM.READ)),
    threads: {
      *process(k, mm) {
        yield* k.mmFlagsSet(mm, "mdwe");
        yield* k.mprotect(mm, AT, PAGE_SIZE, RX);
        yield* anonymous(k, mm, AT, 1, RX | VM.WRITE);
      },
    },
  }),
  story("seals/memfd", {
    title: "a memfd is sealed against writes while it is being mapped",
    profile: "linux-6.12",
    profiles: ["linux-6.6"],
    expect: { clean: ["memfd_check_seals", "memfd_add_seals"] },
    setup: (k) => k.run(k.doDentryOpen(INODE, "", "")),
    threads: {
      *process(k, mm, file) {
        yield* ofFile(k, mm, file, AT, 1, RW | VM.SHARED);
        yield* ofFile(k, mm, file, AT + PAGE_SIZE, 1, VM.READ | VM.SHARED);
      },
      *sealer(k) {
        yield* k.memfdAddSeals(INODE);
      },
    },
  }),
  story("seals/moved-by-hook", {
    title: "a driver's mmap hook moves the VMA that it was given",
    profile: "linux-6.12",
    expect: { breaks: ["RANGE"], severity: "S3" },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 2));
      k.run(k.mmapReadLock(mm));
      const vma = k.run(k.vmaLookup(mm, AT))!;
      k.run(k.mmapReadUnlock(mm));
      return vma;
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmaSetRange(vma, AT + PAGE_SIZE, AT + 2 * PAGE_SIZE);
        yield* k.mmapWriteUnlock(mm);
      },
    },
  }),
];
