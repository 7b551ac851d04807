import { type Kernel, PAGE_SIZE, VM, type VmaPtr } from "@faultline/mm";
import { scenario } from "@faultline/interleave";

const AT = 0x4000_0000;
const INODE = 0;

export default scenario({
  title: "an empty PTE may not be filled under rmap locks alone",
  fix: "0b119045b79a",
  note: "a rule of Documentation/mm/process_addrs.rst; the buggy code is made up",
  profile: "linux-6.12",
  variants: { buggy: { lock: "rmap" }, fixed: { lock: "mmap" } },
  expect: {
    buggy: { breaks: ["PTE-INSTALL", "PTE-COVERED"], severity: "S0" },
    fixed: { clean: ["set_pte_at", "free_pgd_range"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED;
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "", owner: "", file }));
    k.run(k.mmapReadLock(mm));
    k.run(k.pteAlloc(mm, AT));
    k.run(k.mmapReadUnlock(mm));
    return mm;
  },
  threads: (mm, { lock }) => ({
    munmap: {
      mm,
      *run(k) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    populate: {
      mm,
      *run(k) {
        if (lock === "rmap") {
          yield* k.downRead("i_mmap0");
          for (const { vma, gen } of yield* k.vmaIntervalTreeForeach(INODE, 0, 1)) yield* fill(k, mm, { vma, gen });
          yield* k.upRead("i_mmap0");
        } else {
          yield* k.mmapReadLock(mm);
          const vma = yield* k.vmaLookup(mm, AT);
          if (vma !== null) yield* fill(k, mm, vma);
          yield* k.mmapReadUnlock(mm);
        }
      },
    },
  }),
});

function* fill(k: Kernel, mm: number, vma: VmaPtr): ReturnType<Kernel["putPage"]> {
  const page = yield* k.allocPage();
  yield* k.pteAlloc(mm, AT);
  yield* k.pteOffsetMapLock(mm, AT);
  const filled = yield* k.setPteAt(vma, AT, page, false);
  yield* k.pteUnmapUnlock(mm, AT);
  if (!filled) yield* k.putPage(page);
  return null;
}
