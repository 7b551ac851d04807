import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const AWAY = 0x20_0000;
const RW = VM.READ | VM.WRITE;

export default scenario({
  title: "mm: lock_vma_under_rcu() must check vma->anon_vma under vma lock",
  fix: "657b5146955e",
  note: "the fault looks for an anon_vma to share at a neighbour that no lock of its own keeps",
  profile: "linux-6.4.3",
  kernel: (variant) => variant,
  variants: { buggy: { anonVmaCheck: "before-lock" as const }, fixed: { anonVmaCheck: "after-lock" as const } },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN", "FIELD-WRITE"], severity: "S0" },
    fixed: { clean: ["lock_vma_anon_vma", "unlink_anon_vmas", "vma_end_read"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    k.run(k.mmap(mm, { start: AT + PAGE_SIZE, length: PAGE_SIZE, flags: VM.READ, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    return mm;
  },
  threads: (mm) => ({
    fault: {
      mm,
      *run(k) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    mremap: {
      mm,
      *run(k) {
        const length = PAGE_SIZE;
        yield* k.mremap(mm, { start: AT, oldLength: length, newLength: length, to: AWAY, dontUnmap: true });
      },
    },
    munmap: {
      mm,
      *run(k) {
        yield* k.munmap(mm, AT + PAGE_SIZE, PAGE_SIZE);
      },
    },
  }),
});
