import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const TO = 0x5000_0000;
const INODE = 0;

export default scenario({
  title: "mremap: properly flush TLB before releasing the page",
  fix: "eb66ae030829",
  cve: "CVE-2018-18281",
  profile: "linux-4.19",
  kernel: (variant) => variant,
  variants: {
    buggy: { mremapFlush: "after-ptl" } satisfies Partial<Knobs>,
    fixed: { mremapFlush: "under-ptl" } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["TLB-PAGE"], severity: "S0" },
    fixed: { clean: ["move_ptes", "flush_tlb_range", "filemap_remove_folio", "user_access"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED;
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "", owner: "", file }));
    k.run(k.filemapAddFolio(INODE, 0, k.run(k.allocPage())));
    const page = k.run(k.filemapGetFolio(INODE, 0))!;
    k.run(k.mmapReadLock(mm));
    const vma = k.run(k.vmaLookup(mm, AT))!;
    k.run(k.pteAlloc(mm, AT));
    k.run(k.pteOffsetMapLock(mm, AT));
    k.run(k.setPteAt(vma, AT, page, true));
    k.run(k.pteUnmapUnlock(mm, AT));
    k.run(k.mmapReadUnlock(mm));
    return mm;
  },
  threads: (mm) => ({
    mremap: {
      mm,
      *run(k) {
        yield* k.mremap(mm, { start: AT, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: TO, dontUnmap: false });
      },
    },
    *truncate(k) {
      yield* k.truncateInodeFolio(INODE, 0);
    },
    user: {
      mm,
      *run(k) {
        if ((yield* k.userAccess(mm, AT, true)) === "ok") yield* k.userAccess(mm, AT, true);
      },
    },
  }),
});
