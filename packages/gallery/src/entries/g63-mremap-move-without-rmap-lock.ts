import { scenario } from "@faultline/interleave";
import { type Knobs, TABLE_SPAN, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const TO = 0x5000_0000;
const INODE = 0;

export default scenario({
  title: "mm/mremap: hold the rmap lock in write mode when moving page table entries",
  fix: "97113eb39fa7",
  cve: "CVE-2022-41222",
  note: "A page table moves as a whole; what a walk by rmap unmaps at the new place, TLBs still have at the old one.",
  profile: "linux-5.4",
  kernel: (variant) => ({ mremapMoves: "pmd", ...variant }),
  variants: {
    buggy: { mremapRmapLock: false } satisfies Partial<Knobs>,
    fixed: { mremapRmapLock: true } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["TLB-PAGE"], severity: "S0" },
    fixed: { clean: ["mremap", "truncate_inode_folio", "user_access"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED;
    k.run(k.mmap(mm, { start: AT, length: TABLE_SPAN, flags, ops: "", owner: "", file }));
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
        yield* k.mremap(mm, { start: AT, oldLength: TABLE_SPAN, newLength: TABLE_SPAN, to: TO, dontUnmap: false });
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
