import { PAGE_SIZE, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story, vmaAt, vmaIn } from "./process.ts";

/** VMA locks, rwsems, RCU. */
export const locks: readonly CorpusItem[] = [
  story("locks/next-vma", {
    title: "a walk from VMA to VMA under their own locks while they come and go",
    profile: "linux-6.18.19",
    profiles: ["linux-6.6", "linux-6.14"],
    expect: { clean: ["vma_next_from", "vma_start_read_locked", "mmap_lock_speculate_retry"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT + 2 * PAGE_SIZE, 1)),
    threads: {
      *maps(k, mm) {
        const vma = yield* k.lockNextVma(mm, 0);
        if (vma !== null) yield* k.vmaEndRead(vma);
        yield* k.lockNextVma(mm, AT + 8 * PAGE_SIZE);
      },
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 1, VM.READ);
        yield* k.munmap(mm, AT + 2 * PAGE_SIZE, PAGE_SIZE);
      },
    },
  }),
  story("locks/resumed-walk", {
    title: "lock_vma_under_rcu goes on from a position that its RCU section no longer keeps",
    profile: "linux-6.18.0",
    kernel: { retryResetsCursor: false },
    expect: { breaks: ["RCU-CURSOR"], severity: "S0" },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *fault(k, mm) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
  }),
  story("locks/faults-not-under-vma-lock", {
    title: "an architecture whose faults do not try VMA locks",
    profile: "linux-6.12",
    kernel: { faultUnderVma: "none" },
    expect: { clean: ["set_pte_at", "__vma_start_write"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
  }),
  story("locks/plain", {
    title: "a fault against munmap where rwsems have no queue",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    kernel: { rwsem: "plain" },
    expect: { clean: ["mmap_write_lock", "mmap_read_lock"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
  }),
  story("locks/tries", {
    title: "one takes a rwsem for writing and downgrades it, another tries it both ways",
    profile: "linux-6.12",
    expect: { clean: ["downgrade_write", "down_write_trylock", "down_read_trylock"] },
    threads: {
      *writer(k) {
        yield* k.downWrite("sem");
        yield* k.downgradeWrite("sem");
        yield* k.upRead("sem");
      },
    },
    others: {
      *tries(k) {
        if (yield* k.downWriteTrylock("sem")) yield* k.upWrite("sem");
        if (yield* k.downReadTrylock("sem")) yield* k.upRead("sem");
        if (yield* k.spinTrylock("lock")) yield* k.spinUnlock("lock");
      },
    },
  }),
  story("locks/grace-period", {
    title: "synchronize_rcu waits for a reader who looks at a VMA by the fields that RCU allows",
    profile: "linux-6.18.19",
    expect: { clean: ["synchronize_rcu", "wait_rcu_gp", "vma_vm_mm_rcu"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *reader(k, mm) {
        yield* k.rcuReadLock();
        const vma = yield* k.masWalk(mm, AT, "start");
        yield* k.masReset();
        if (vma !== null) yield* k.vmaMmUnderRcu(vma);
        yield* k.rcuReadUnlock();
      },
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
        yield* k.synchronizeRcu();
      },
    },
  }),
  story("locks/reattached", {
    title: "munmap fails before its point of no return, and puts its VMA back",
    profile: "linux-6.18.19",
    expect: { clean: ["vma_mark_detached", "vma_mark_attached"] },
    setup: (k, mm) => {
      k.run(anonymous(k, mm, AT, 1));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmaMarkDetached(vma);
        yield* k.vmaMarkAttached(vma);
        yield* k.mmapWriteUnlock(mm);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("locks/fields", {
    title: "a VMA's name and flags are written with every lock that they want, and read by who tells the compiler so",
    profile: "linux-6.12",
    expect: { clean: ["vma_field_write", "vm_flags_reset", "plain_access_begin", "marked_access"] },
    setup: (k, mm) => {
      k.run(anonymous(k, mm, AT, 1));
      return vmaIn(k, mm, AT);
    },
    threads: {
      *process(k, mm, vma) {
        yield* k.mmapWriteLock(mm);
        yield* k.vmaStartWrite(vma);
        yield* k.vmaFieldWrite(vma, "anon_name");
        yield* k.plainAccessBegin(vma, "anon_name", "write", "anon_vma_name");
        yield* k.plainAccessEnd(vma, "anon_name");
        yield* k.vmFlagsReset(vma, RW | VM.MAYREAD | VM.MAYWRITE | VM.DONTDUMP);
        yield* k.vmFlagsSet(vma, VM.DONTCOPY);
        yield* k.vmFlagsClear(vma, VM.DONTCOPY);
        yield* k.mmapWriteUnlock(mm);
      },
      *maps(k, mm) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma === null) return;
        yield* k.markedAccess(vma, "anon_name", "read", "show_map_vma");
        yield* k.vmaEndRead(vma);
      },
    },
  }),
  story("locks/foreign-mm", {
    title: "another process's VMAs are looked at with a reference on its mm, whose flags are set and cleared",
    profile: "linux-6.12",
    expect: { clean: ["mmget", "mm_flags_clear", "exit_mmap"] },
    setup: (k, mm) => k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT, 1, RW)),
    threads: {
      *process(k, mm) {
        yield* k.mmget(mm);
        yield* k.waitEvent("kept", 1);
        yield* k.exitProcess(mm);
        yield* k.mmput(mm);
      },
    },
    others: {
      *other(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.writeOnce("kept", 1);
        if (yield* k.mmgetNotZero(mm)) {
          yield* vmaAt(k, mm, AT);
          yield* k.mmFlagsSet(mm, "unstable");
          yield* k.mmFlagsClear(mm, "unstable");
          yield* k.mmput(mm);
        }
        yield* k.mmdrop(mm);
      },
    },
  }),
];
