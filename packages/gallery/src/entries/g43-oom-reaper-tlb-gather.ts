import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;

export default scenario({
  title: "mm, oom_reaper: gather each vma to prevent leaking TLB entry",
  fix: "687cb0884a71",
  cve: "CVE-2017-18202",
  note: "On machines where a gather of the whole address space skips the flush: the victim still runs on another CPU.",
  profile: "linux-4.19",
  kernel: (variant) => variant,
  variants: {
    buggy: { reaperFlush: false } satisfies Partial<Knobs>,
    fixed: { reaperFlush: true } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["TLB-PAGE"], severity: "S0" },
    fixed: { clean: ["oom_reap_task_mm", "user_access"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    return mm;
  },
  threads: (mm) => ({
    *reaper(k) {
      yield* k.mmgrab(mm);
      yield* k.oomReapTaskMm(mm);
      yield* k.mmdrop(mm);
    },
    victim: {
      mm,
      *run(k) {
        if ((yield* k.userAccess(mm, AT, true)) === "ok") yield* k.userAccess(mm, AT, true);
      },
    },
  }),
});
