import { ERRNO, PAGE_SIZE, TASK_SIZE, VM, type VmaPtr } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, RW, story, vmaIn } from "./process.ts";
import type { SetupKernel } from "@faultline/interleave";

function onePage(k: SetupKernel, mm: number): VmaPtr {
  k.run(anonymous(k, mm, AT, 1));
  return vmaIn(k, mm, AT);
}

/** Rules that none of the races breaks: each by the mistake that it is about. */
export const broken: readonly CorpusItem[] = [
  story("broken/users-get", {
    title: "mmget on an address space whose process may have exited",
    profile: "linux-6.12",
    expect: { breaks: ["MM-USERS-GET"], severity: "S0" },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *process(k, mm) {
        yield* k.waitEvent("kept", 1);
        yield* k.exitProcess(mm);
      },
    },
    others: {
      *driver(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.writeOnce("kept", 1);
        yield* k.mmget(mm);
        yield* k.mmputAsync(mm);
        yield* k.mmdrop(mm);
      },
    },
  }),
  story("broken/stale-pointer", {
    title: "a VMA pointer is kept over a gap in the locking, in which another VMA takes its memory",
    profile: "linux-5.4",
    expect: { breaks: ["VMA-GEN", "VMA-LIVE"], severity: "S0" },
    setup: onePage,
    threads: {
      *driver(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        yield* k.readVmFlags(vma);
        yield* k.mmapReadUnlock(mm);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
        yield* anonymous(k, mm, AT, 1);
      },
    },
  }),
  story("broken/attached-twice", {
    title: "a VMA that is in the tree is attached",
    profile: "linux-6.18.19",
    expect: { breaks: ["VMA-ATTACH"], severity: "S0" },
    setup: onePage,
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaMarkAttached(vma);
        yield* k.mmapWriteUnlock(mm);
      },
    },
  }),
  story("broken/locked-without-mmap-lock", {
    title: "vma_start_read_locked without the mmap_lock that it relies on, while the VMA is write-locked",
    profile: "linux-6.18.19",
    expect: { breaks: ["VW-EXCL", "VMA-LIVE"], severity: "S0" },
    setup: onePage,
    threads: {
      *reader(k, _mm, vma) {
        if (yield* k.vmaStartReadLocked(vma)) yield* k.vmaEndRead(vma);
      },
      *writer(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.mmapWriteUnlock(mm);
      },
    },
  }),
  story("broken/write-locked-for-ever", {
    title: "vma_start_write under mmap_read_lock: nobody ends the write lock",
    profile: "linux-6.12",
    expect: { breaks: ["VW-NEEDS-MMW", "VW-ENDS"], severity: "S2" },
    setup: onePage,
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.mmapReadUnlock(mm);
      },
    },
  }),
  story("broken/faults-under-mmap-lock", {
    title: "a driver touches user memory of its own under mmap_read_lock: its handler cannot drop that lock",
    profile: "linux-6.12",
    expect: { breaks: ["RETRY-DROPPED", "NO-BLOCK-UNDER-VR"], severity: "S0" },
    setup: (k, mm) =>
      k.run(
        k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "lazy_binder_unlocked", owner: "binder0" }),
      ),
    threads: {
      *driver(k, mm) {
        yield* k.mmapReadLock(mm);
        yield* k.pageFault(mm, AT, false);
        yield* k.mmapReadUnlock(mm);
      },
    },
  }),
  story("broken/pte-unlocked", {
    title: "PTEs are cleared without their lock",
    profile: "linux-6.12",
    expect: { breaks: ["PTE-LOCK"], severity: "S0" },
    setup(k, mm) {
      onePage(k, mm);
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *process(k, mm) {
        yield* k.mmapReadLock(mm);
        yield* k.zapPteRange(mm, AT, AT + PAGE_SIZE);
        yield* k.mmapReadUnlock(mm);
      },
    },
  }),
  story("broken/insert-not-mixed", {
    title: "vm_insert_page into a VMA in use without VM_MIXEDMAP, under the write lock, where it sets the flag itself",
    profile: "linux-6.12",
    expect: { breaks: ["INS-MIXED"], severity: "S6" },
    setup: onePage,
    threads: {
      *driver(k, mm, vma) {
        const page = yield* k.allocPage();
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmInsertPage(mm, vma, AT, page, null);
        yield* k.mmapWriteUnlock(mm);
        yield* k.putPage(page);
      },
    },
  }),
  story("broken/insert-into-pfnmap", {
    title: "vm_insert_page into a VMA of raw page frames",
    profile: "linux-6.12",
    expect: { breaks: ["INS-NOT-PFN"], severity: "S3" },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1, RW | VM.PFNMAP));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *driver(k, mm, vma) {
        const page = yield* k.allocPage();
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmInsertPage(mm, vma, AT, page, null);
        yield* k.mmapWriteUnlock(mm);
        yield* k.putPage(page);
      },
    },
  }),
  story("broken/range-wraps", {
    title: "a zap whose size wraps, and the checked one that minds",
    profile: "linux-6.12",
    expect: { breaks: ["RANGE"], severity: "S3" },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 2));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *driver(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        yield* k.zapPageRangeChecked(mm, vma, AT, TASK_SIZE, null);
        yield* k.zapPageRangeChecked(mm, vma, AT, PAGE_SIZE, null);
        yield* k.zapPageRangeSingle(mm, vma, AT + PAGE_SIZE, -2048, null);
        yield* k.mmapReadUnlock(mm);
      },
    },
  }),
  story("broken/file-put-twice", {
    title: "a file is closed twice",
    profile: "linux-6.12",
    expect: { breaks: ["FILE-REF"], severity: "S0" },
    setup: (k) => k.run(k.doDentryOpen(INODE, "", "")),
    threads: {
      *process(k, _mm, file) {
        yield* k.filpClose(file);
        yield* k.filpClose(file);
      },
    },
  }),
  story("broken/tlb-keeps-rights", {
    title: "a VMA loses the right to write, and a TLB that has it is not flushed",
    profile: "linux-6.12",
    expect: { breaks: ["TLB-PERM", "PERM"], severity: "S1" },
    setup(k, mm) {
      const vma = onePage(k, mm);
      k.run(k.pageFault(mm, AT, true));
      return vma;
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmFlagsClear(vma, VM.WRITE);
        yield* k.mmapWriteUnlock(mm);
      },
      *user(k, mm) {
        yield* k.userAccess(mm, AT, true);
      },
    },
  }),
  story("broken/field-raced", {
    title: "flags are stored with no lock at all while rmap looks at them, and i_mmap is walked without its lock",
    profile: "linux-6.12",
    expect: { breaks: ["FIELD-READ", "FIELD-WRITE", "VMA-LIVE"], severity: "S0" },
    setup: onePage,
    threads: {
      *careless(k, _mm, vma) {
        yield* k.plainAccessBegin(vma, "vm_flags", "write", "careless");
        yield* k.vmFlagsModUnlocked(vma, VM.DONTDUMP, 0);
        yield* k.plainAccessEnd(vma, "vm_flags");
      },
      *reader(k, mm, vma) {
        yield* k.mmapReadLock(mm);
        yield* k.plainAccessBegin(vma, "vm_flags", "read", "reader");
        yield* k.plainAccessEnd(vma, "vm_flags");
        yield* k.mmapReadUnlock(mm);
      },
    },
    others: {
      *walk(k) {
        yield* k.vmaIntervalTreeForeach(INODE, 0, 1);
      },
    },
  }),
  story("broken/new-vma-methods-late", {
    title: "what only an mmap hook may do, done to a VMA in use, under every lock there is",
    profile: "linux-6.18.19",
    expect: { breaks: ["FLAG-COMBO"], severity: "S6" },
    setup: onePage,
    threads: {
      *driver(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmFlagsInit(vma, VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC);
        yield* k.setIo(vma);
        yield* k.setDontcopy(vma);
        yield* k.setMixedmap(vma);
        yield* k.setPfnmap(vma);
        for (const clear of [k.tryClearMayread, k.tryClearMaywrite, k.tryClearMayexec]) {
          if ((yield* clear(vma)) === ERRNO.EINVAL) return;
        }
        yield* k.setAnonymous(vma);
        yield* k.mmapWriteUnlock(mm);
      },
    },
  }),
  story("broken/userfault-in-mixedmap", {
    title: "VM_MIXEDMAP is set where a userfaultfd context is",
    profile: "linux-6.12",
    expect: { breaks: ["UFFD-TYPE"], severity: "S6" },
    setup: onePage,
    threads: {
      *process(k, mm, vma) {
        yield* k.userfaultfdRegister(mm, AT, PAGE_SIZE, 1, "missing");
        yield* k.mmapWriteLock(mm);
        yield* k.vmFlagsSet(vma, VM.MIXEDMAP);
        yield* k.mmapWriteUnlock(mm);
      },
    },
  }),
  story("broken/sleeps-under-spinlock", {
    title: "a mutex under a spinlock, and one that is let go of by who does not hold it",
    profile: "linux-6.12",
    expect: { breaks: ["ATOMIC-SLEEP", "LOCK-HELD"], severity: "S4" },
    threads: {
      *driver(k) {
        yield* k.spinLock("lock");
        yield* k.mutexLock("mutex");
        yield* k.mutexUnlock("mutex");
        yield* k.spinUnlock("lock");
        yield* k.mutexUnlock("mutex");
      },
    },
  }),
];
