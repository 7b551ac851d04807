import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const AREA = { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" };

export default scenario({
  title: "mm: fix a UAF when vma->mm is freed after vma->vm_refcnt got dropped",
  fix: "9bbffee67ffd",
  cve: "CVE-2025-38554",
  note: "a reader that finds a VMA of another mm in recycled memory wakes that mm's writer after giving its reference up",
  profile: "linux-6.15.0",
  kernel: (variant) => variant,
  variants: { buggy: { startReadChecksMm: false }, fixed: { startReadChecksMm: true } },
  expect: {
    buggy: { breaks: ["MM-REF"], severity: "S0" },
    fixed: { clean: ["mmgrab", "rcuwait_wake_up", "mmdrop"] },
  },
  setup(k) {
    const other = k.mm();
    const mm = k.mm();
    k.run(k.mmap(mm, AREA));
    return { mm, other };
  },
  threads: ({ mm, other }) => ({
    fault: {
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
    },
    munmap: {
      mm,
      *run(k) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    process: {
      mm: other,
      *run(k) {
        yield* k.mmap(other, AREA);
        yield* k.munmap(other, AT, PAGE_SIZE);
        yield* k.exitProcess(other);
      },
    },
  }),
});
