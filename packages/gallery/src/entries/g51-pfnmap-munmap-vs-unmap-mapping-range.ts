import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;

export default scenario({
  title: "mmu_gather: force TLB flush of VM_PFNMAP VMAs before they leave rmap",
  fix: "b67fbebd4cf9",
  cve: "CVE-2022-39188",
  profile: "linux-5.4",
  kernel: (variant) => variant,
  variants: {
    buggy: { gatherPfnFlush: "finish" } satisfies Partial<Knobs>,
    fixed: { gatherPfnFlush: "end-vma" } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["TLB-PAGE"], severity: "S0" },
    fixed: { clean: ["tlb_flush_mmu_tlbonly", "vma_interval_tree_remove", "dma_free_coherent", "user_access"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED | VM.IO | VM.PFNMAP | VM.DONTEXPAND;
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "", owner: "", file }));
    const frame = k.run(k.dmaAllocCoherent());
    k.run(k.mmapReadLock(mm));
    const vma = k.run(k.vmaLookup(mm, AT))!;
    k.run(k.vmfInsertPfn(mm, vma, AT, frame, true));
    k.run(k.mmapReadUnlock(mm));
    return { mm, frame };
  },
  threads: ({ mm, frame }) => ({
    munmap: {
      mm,
      *run(k) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    // The device goes away: nobody maps its memory any more, so it is given back.
    *revoke(k) {
      yield* k.unmapMappingPages(INODE, 0, 1);
      yield* k.dmaFreeCoherent(frame);
    },
    user: {
      mm,
      *run(k) {
        if ((yield* k.userAccess(mm, AT, true)) === "ok") yield* k.userAccess(mm, AT, true);
      },
    },
  }),
});
