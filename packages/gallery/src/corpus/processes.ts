import { kernelMachine, PAGE_SIZE, VM } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, ofFile, RW, story } from "./process.ts";

/** fork, exit, the oom reaper, and stacks that grow. */
export const processes: readonly CorpusItem[] = [
  story("processes/fork", {
    title: "a child is born, writes to a page that it shares with its parent, and exits",
    profile: "linux-6.12",
    profiles: ["linux-5.4", "linux-6.4.3"],
    expect: {
      clean: ["wake_up_new_task", "ret_from_fork", "wp_page_copy", "wp_page_reuse", "vma_interval_tree_insert"],
    },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      k.run(k.pageFault(mm, AT, true));
      k.run(ofFile(k, mm, k.run(k.doDentryOpen(INODE, "", "")), AT + 2 * PAGE_SIZE, 1, RW | VM.SHARED));
      k.run(anonymous(k, mm, AT + 4 * PAGE_SIZE, 1, RW | VM.WIPEONFORK));
      return k.run(anonymous(k, mm, AT + 6 * PAGE_SIZE, 1, RW | VM.DONTCOPY));
    },
    threads: {
      *parent(k, mm) {
        yield* k.fork(mm, 2, null);
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *child(k) {
        const mm = yield* k.retFromFork();
        yield* k.pageFault(mm, AT, true);
        yield* k.exitProcess(mm);
      },
    },
  }),
  story("processes/fork-fails", {
    title: "memory runs out after one copied VMA, and what was copied goes",
    profile: "linux-6.12",
    expect: { clean: ["vma_iter_clear", "exit_mm"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      k.run(k.pageFault(mm, AT, true));
      return k.run(anonymous(k, mm, AT + 2 * PAGE_SIZE, 1));
    },
    threads: {
      *parent(k, mm) {
        yield* k.fork(mm, null, 1);
      },
    },
  }),
  story("processes/oom", {
    title: "the oom reaper takes a victim's memory while it reads, writes and maps",
    profile: "linux-6.12",
    expect: { clean: ["__oom_reap_task_mm", "check_stable_address_space"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *victim(k, mm) {
        yield* k.pageFault(mm, AT, false);
        yield* k.pageFault(mm, AT, true);
        yield* anonymous(k, mm, AT + 2 * PAGE_SIZE, 1);
      },
    },
    others: {
      *reaper(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.oomReapTask(mm);
        yield* k.mmdrop(mm);
      },
    },
  }),
  story("processes/oom-beside-first-touch", {
    title: "a page is mapped while the oom reaper waits for the page-table lock, under which the flag was still clear",
    profile: "linux-6.12",
    expect: { clean: ["__oom_reap_task_mm", "check_stable_address_space", "set_zero_pte", "set_pte_at"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 2));
      k.run(k.pageFault(mm, AT, true));
      return k.run(k.madviseDontneed(mm, AT, PAGE_SIZE));
    },
    threads: {
      *victim(k, mm) {
        yield* k.pageFault(mm, AT, true);
        yield* k.pageFault(mm, AT + PAGE_SIZE, false);
      },
    },
    others: {
      *reaper(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.oomReapTaskMm(mm);
        yield* k.mmdrop(mm);
      },
    },
  }),
  story("processes/unstable-unchecked", {
    title: "a fault that does not ask for MMF_UNSTABLE brings zeroes back after the oom reaper",
    profile: "linux-5.4",
    kernel: { unstableCheck: false },
    expect: { breaks: ["UNSTABLE"], severity: "S1" },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.pageFault(mm, AT, true));
    },
    threads: {
      *victim(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *reaper(k, mm) {
        yield* k.mmgrab(mm);
        yield* k.oomReapTaskMm(mm);
        yield* k.mmdrop(mm);
      },
    },
  }),
  ...(["unchecked", "checked"] as const).map((processMrelease) =>
    story(`processes/mrelease-${processMrelease}`, {
      title: "process_mrelease against the exit of its victim, whose struct the caller keeps",
      profile: "linux-6.12",
      kernel: { processMrelease },
      expect:
        processMrelease === "checked"
          ? { clean: ["__oom_reap_task_mm", "mm_flags_test"] }
          : { breaks: ["MM-ACCESS"], severity: "S0" },
      setup(k, mm) {
        k.run(anonymous(k, mm, AT, 1));
        return k.run(k.pageFault(mm, AT, true));
      },
      threads: {
        *victim(k, mm) {
          yield* k.waitEvent("kept", 1);
          yield* k.exitProcess(mm);
        },
      },
      others: {
        *killer(k, mm) {
          yield* k.mmgrab(mm);
          yield* k.writeOnce("kept", 1);
          yield* k.processMrelease(mm);
          yield* k.mmdrop(mm);
        },
      },
    }),
  ),
  story("processes/new-task", {
    title: "a task is made",
    profile: "linux-6.12",
    expect: { clean: ["task_newtask"] },
    threads: {
      *process() {
        yield { kind: "step", step: kernelMachine.steps.get("task_newtask")!, args: ["child", null] };
      },
    },
  }),
  story("processes/stack-grows", {
    title: "a stack with a page of its own grows down to a fault while it is unmapped",
    profile: "linux-6.12",
    profiles: ["linux-4.19"],
    expect: { clean: ["expand_downwards", "vma_iter_clear"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT + PAGE_SIZE, 1, RW | VM.GROWSDOWN));
      return k.run(k.pageFault(mm, AT + PAGE_SIZE, true));
    },
    threads: {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *munmap(k, mm) {
        yield* k.munmap(mm, AT + PAGE_SIZE, PAGE_SIZE);
      },
    },
  }),
];
