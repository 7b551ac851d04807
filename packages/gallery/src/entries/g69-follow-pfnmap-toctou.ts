import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, presentPte, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;

export default scenario({
  title: "mm/memory: fix PMD/PUD checks in follow_pfnmap_start()",
  note: "The entry is read, its lock taken, and what was read is used.",
  profile: "linux-6.12",
  variants: { buggy: { under: "before-lock" as const }, fixed: { under: "lock" as const } },
  expect: {
    buggy: { breaks: ["PAGE-REF"], severity: "S0" },
    fixed: { clean: ["ptep_get", "get_page", "dma_free_coherent"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED | VM.IO | VM.PFNMAP | VM.DONTEXPAND;
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "", owner: "", file }));
    const frame = k.run(k.dmaAllocCoherent());
    k.run(k.mmapReadLock(mm));
    k.run(k.vmfInsertPfn(mm, k.run(k.vmaLookup(mm, AT))!, AT, frame, true));
    k.run(k.mmapReadUnlock(mm));
    return { mm, frame };
  },
  threads: ({ mm, frame }, { under }) => ({
    follow: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        const seen = yield* k.ptepGet(mm, AT);
        if (seen !== null && (yield* k.pteOffsetMapLock(mm, AT))) {
          const entry = presentPte(under === "lock" ? yield* k.ptepGet(mm, AT) : seen);
          if (entry !== null) {
            yield* k.getPage({ page: entry.page, gen: entry.gen });
            yield* k.putPage({ page: entry.page, gen: entry.gen });
          }
          yield* k.pteUnmapUnlock(mm, AT);
        }
        yield* k.mmapReadUnlock(mm);
      },
    },
    // The device goes away.
    *revoke(k) {
      yield* k.unmapMappingPages(INODE, 0, 1);
      yield* k.dmaFreeCoherent(frame);
    },
  }),
});
