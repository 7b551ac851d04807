import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;

export default scenario({
  title: "mm: check that mm is still valid in madvise()",
  fix: "bc0c4d1e176e",
  cve: "CVE-2020-29372",
  note: "A kernel worker calls madvise on behalf of a process that dumps core; areas become one while the dump walks them.",
  profile: "linux-5.4",
  kernel: (variant) => variant,
  variants: { buggy: { coredump: "still-valid" as const }, fixed: { coredump: "still-valid-all" as const } },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["madvise_vma_behavior", "mmget_still_valid"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: 3 * PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    k.run(k.madviseFlags(mm, AT + PAGE_SIZE, PAGE_SIZE, "DONTDUMP"));
    return mm;
  },
  threads: (mm) => ({
    dumper: {
      mm,
      *run(k) {
        yield* k.doCoredump(mm);
      },
    },
    *worker(k) {
      if (!(yield* k.mmgetNotZero(mm))) return;
      yield* k.madviseFlags(mm, AT + PAGE_SIZE, PAGE_SIZE, "DODUMP");
      yield* k.mmput(mm);
    },
  }),
});
