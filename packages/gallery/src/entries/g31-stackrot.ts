import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

// Farther below the stack than its guard gap.
const BOTTOM = 0x8_0000;
const STACK = 0x20_0000;
const RW = VM.READ | VM.WRITE;

export default scenario({
  title: "StackRot: stack expansion replaces a node of the maple tree under mmap_read_lock",
  fix: "c2508ec5a58d",
  cve: "CVE-2023-3269",
  profile: "linux-6.1",
  kernel: (variant) => variant,
  variants: { buggy: { stackExpand: "read" as const }, fixed: { stackExpand: "write" as const } },
  expect: {
    buggy: { breaks: ["RCU-CURSOR", "FIELD-WRITE"], severity: "S0" },
    fixed: { clean: ["expand_downwards", "mmap_write_downgrade", "vma_next"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: BOTTOM, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    k.run(k.mmap(mm, { start: STACK, length: PAGE_SIZE, flags: RW | VM.GROWSDOWN, ops: "", owner: "" }));
    return mm;
  },
  threads: (mm) => ({
    fault: {
      mm,
      *run(k) {
        yield* k.pageFault(mm, STACK - PAGE_SIZE, true);
      },
    },
    maps: {
      mm,
      *run(k) {
        yield* k.procPidMaps(mm);
      },
    },
  }),
});
