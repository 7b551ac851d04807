import { ERRNO, type Kernel, PAGE_SIZE, type Steps, TABLE_SPAN, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, RW, story, vmaAt } from "./process.ts";

/** Calls whose wait for mmap_lock a fatal signal ends. */
const killable: readonly (readonly [name: string, call: (k: Kernel, mm: number) => Steps<number>])[] = [
  ["mmap", (k, mm) => anonymous(k, mm, AT, 1)],
  ["munmap", (k, mm) => k.munmap(mm, AT, PAGE_SIZE)],
  ["mprotect", (k, mm) => k.mprotect(mm, AT, PAGE_SIZE, VM.READ)],
  ["mlock", (k, mm) => k.mlock(mm, AT, PAGE_SIZE, true)],
  ["madvise", (k, mm) => k.madviseFlags(mm, AT, PAGE_SIZE, "DONTDUMP")],
  ["process_mrelease", (k, mm) => k.processMrelease(mm)],
  ["fork", (k, mm) => k.fork(mm, null, null)],
  [
    "mremap",
    (k, mm) =>
      k.mremap(mm, { start: AT, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: AT + TABLE_SPAN, dontUnmap: false }),
  ],
];

/** Fatal signals, and who may be waiting when they come. */
export const killed: readonly CorpusItem[] = [
  story("failures/killed", {
    title: "calls that wait for mmap_lock so that a signal may end the wait, each in its turn with nobody in the way",
    profile: "linux-6.12",
    kernel: { injectFailures: ["fatal-signal"] },
    expect: { clean: ["mmap_write_lock", "mmap_read_lock", "expand_downwards", "__oom_reap_task_mm"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT + 8 * PAGE_SIZE, 1, RW | VM.GROWSDOWN)),
    threads: {
      *process(k, mm) {
        const [oldLength, newLength] = [PAGE_SIZE, PAGE_SIZE];
        yield* anonymous(k, mm, AT, 1);
        yield* k.pageFault(mm, AT + 7 * PAGE_SIZE, true);
        yield* k.mprotect(mm, AT, PAGE_SIZE, VM.READ);
        yield* k.mlock(mm, AT, PAGE_SIZE, true);
        yield* k.madviseFlags(mm, AT, PAGE_SIZE, "DONTDUMP");
        yield* k.mremap(mm, { start: AT, oldLength, newLength, to: AT + 2 * PAGE_SIZE, dontUnmap: false });
        yield* k.munmap(mm, AT + 2 * PAGE_SIZE, PAGE_SIZE);
        yield* k.exitProcess(yield* k.fork(mm, null, null));
        yield* k.processMrelease(mm);
      },
    },
  }),
  ...killable.map(([name, call]) =>
    story(`failures/killed-in-${name}`, {
      title: `${name} is killed while another has mmap_lock, and has done nothing`,
      profile: "linux-6.12",
      kernel: { injectFailures: ["fatal-signal"] },
      expect: { clean: ["mmap_write_lock", "send_sig_kill", "write_once"] },
      setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
      threads: {
        *victim(k, mm) {
          if ((yield* call(k, mm)) === ERRNO.EINTR) yield* k.writeOnce("killed", true);
        },
        *holder(k, mm) {
          yield* k.mmapWriteLock(mm);
          yield* k.mmapWriteUnlock(mm);
        },
      },
      others: {
        *killer(k) {
          yield* k.sendSigKill(1);
        },
      },
    }),
  ),
  story("failures/killed-waiting", {
    title: "a fork and a fault are killed while another has mmap_lock, or a reader the VMA",
    profile: "linux-6.18.19",
    profiles: ["linux-5.4"],
    kernel: { injectFailures: ["fatal-signal"] },
    expect: {
      clean: [
        "mmap_read_lock_killable_slowpath",
        "mmap_write_lock_killable_slowpath",
        "rcuwait_wait_event_killable",
        "send_sig_kill",
      ],
    },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *forks(k, mm) {
        const child = yield* k.fork(mm, null, null);
        if (child >= 0) yield* k.exitProcess(child);
      },
      *faults(k, mm) {
        yield* k.pageFault(mm, AT, false);
        yield* vmaAt(k, mm, AT);
      },
    },
    others: {
      *killer(k) {
        yield* k.sendSigKill(1);
        yield* k.sendSigKill(2);
      },
    },
  }),
];
