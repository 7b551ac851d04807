import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;

export default scenario({
  title: "mmap(MAP_FIXED) over a mapping exposes a gap to lockless readers",
  fix: "6afd9d3b1849",
  note: "A fault that finds the gap asks again under mmap_lock; /proc, tracing and hints believe it.",
  profile: "linux-6.6",
  kernel: (variant) => variant,
  variants: { buggy: { mapFixed: "clear-first" as const }, fixed: { mapFixed: "overwrite" as const } },
  expect: {
    buggy: { breaks: ["TREE-GAP"], severity: "S6" },
    fixed: { clean: ["mtree_load", "mmap"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    return mm;
  },
  threads: (mm) => ({
    mmap: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "", owner: "" });
      },
    },
    reader: {
      mm,
      *run(k) {
        yield* k.rcuReadLock();
        yield* k.mtreeLoad(mm, AT);
        yield* k.rcuReadUnlock();
      },
    },
  }),
});
