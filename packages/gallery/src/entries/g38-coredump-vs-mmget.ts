import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;
const CTX = 0;

export default scenario({
  title: "coredump: fix race condition between mmget_not_zero()/get_task_mm() and core dumping",
  fix: "04f5866e41fb",
  cve: "CVE-2019-11599",
  note: "A monitor takes its hands off the middle of three areas, which become one again, while a dump walks them.",
  profile: "linux-5.0",
  kernel: (variant) => variant,
  variants: { buggy: { coredump: "alone" as const }, fixed: { coredump: "still-valid" as const } },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["next_vma", "userfaultfd_unregister", "mmget_still_valid"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: 3 * PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    k.run(k.userfaultfdRegister(mm, AT + PAGE_SIZE, PAGE_SIZE, CTX, "missing"));
    return mm;
  },
  threads: (mm) => ({
    dumper: {
      mm,
      *run(k) {
        yield* k.doCoredump(mm);
      },
    },
    *monitor(k) {
      yield* k.userfaultfdUnregister(mm, AT + PAGE_SIZE, PAGE_SIZE);
    },
  }),
});
