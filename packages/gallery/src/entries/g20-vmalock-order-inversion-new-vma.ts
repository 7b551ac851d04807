import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const INODE = 0;

export default scenario({
  title: "mm: lock newly mapped VMA with corrected ordering",
  fix: "1c7873e33645",
  profile: "linux-6.4.3",
  note: "An order violation that cannot deadlock: a reader would have to hold the lock of a VMA that is in no tree yet.",
  kernel: (variant) => variant,
  variants: {
    buggy: { newVmaOrder: "i_mmap-first" } satisfies Partial<Knobs>,
    fixed: { newVmaOrder: "vma-first" } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["LOCK-ORDER"], severity: "S4" },
    fixed: { clean: ["vma_interval_tree_insert", "vma_interval_tree_foreach"] },
  },
  setup(k) {
    const mm = k.mm();
    return { mm, file: k.run(k.doDentryOpen(INODE, "", "")) };
  },
  threads: ({ mm, file }) => ({
    mmap: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.SHARED, ops: "", owner: "", file });
      },
    },
    *truncate(k) {
      yield* k.unmapMappingPages(INODE, 0, 1);
    },
  }),
});
