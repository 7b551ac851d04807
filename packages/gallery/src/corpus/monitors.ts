import { PAGE_SIZE } from "@faultline/mm";
import type { SetupKernel } from "@faultline/interleave";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, RW, story } from "./process.ts";

const CTX = 1;
const TO = AT + 16 * PAGE_SIZE;

function monitored(k: SetupKernel, mm: number): void {
  k.run(anonymous(k, mm, AT, 1));
  k.run(k.userfaultfdApi(CTX, ["fork", "remap", "unmap"]));
  k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "missing"));
}

const MOVE = { start: AT, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: TO, dontUnmap: false };

/** Monitors of userfaultfd that hear of what happens to the memory, and fill it under its VMA's lock. */
export const monitors: readonly CorpusItem[] = [
  story("monitors/unmap", {
    title: "a monitor fills a page, and hears that it is moved and unmapped",
    profile: "linux-6.12",
    profiles: ["linux-6.6"],
    kernel: { uffdEvents: true },
    expect: { clean: ["userfaultfd_keep", "userfaultfd_event_queue", "vma_start_read_locked", "mmap_changing"] },
    setup: monitored,
    threads: {
      *process(k, mm) {
        yield* k.mremap(mm, { ...MOVE, oldLength: 2 * PAGE_SIZE, newLength: 2 * PAGE_SIZE });
        yield* k.mremap(mm, MOVE);
        yield* k.munmap(mm, TO, PAGE_SIZE);
      },
    },
    others: {
      *filler(k, mm) {
        yield* k.uffdioCopy(mm, AT);
      },
    },
    daemons: {
      *monitor(k) {
        yield* k.userfaultfdCtxRead(CTX);
        yield* k.userfaultfdCtxRead(CTX);
      },
    },
  }),
  story("monitors/fork", {
    title: "a monitor hears of a child, and of none where memory has run out",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    kernel: { uffdEvents: true },
    expect: { clean: ["userfaultfd_keep", "userfaultfd_event_cancel", "userfaultfd_event_queue"] },
    setup(k, mm) {
      monitored(k, mm);
      k.run(k.mmap(mm, { start: TO, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    },
    threads: {
      *process(k, mm) {
        yield* k.fork(mm, null, 1);
        const child = yield* k.fork(mm, null, null);
        if (child >= 0) yield* k.exitProcess(child);
      },
    },
    daemons: {
      *monitor(k) {
        yield* k.userfaultfdCtxRead(CTX);
      },
    },
  }),
];
