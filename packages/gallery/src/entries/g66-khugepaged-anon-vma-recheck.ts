import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, pageMapping, TABLE_SPAN, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;

export default scenario({
  title: "mm/khugepaged: fix ->anon_vma race",
  fix: "023f47a8250c",
  cve: "CVE-2023-52935",
  profile: "linux-5.4",
  kernel: (variant) => variant,
  variants: {
    buggy: { retract: "mmap-unchecked" } satisfies Partial<Knobs>,
    fixed: { retract: "mmap" } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["PGT-FREE"], severity: "S0" },
    fixed: { clean: ["pmdp_collapse_flush", "__anon_vma_prepare", "pte_lock"] },
  },
  /** A private mapping of a file beside one that has an anon_vma, with a page that rmap looks for in both. */
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE;
    k.run(k.mmap(mm, { start: AT, length: TABLE_SPAN, flags, ops: "", owner: "", file }));
    const beside = { start: AT + TABLE_SPAN, length: PAGE_SIZE, pgoff: 512, flags: flags | VM.EXEC };
    k.run(k.mmap(mm, { ...beside, ops: "", owner: "", file }));
    k.run(k.mmapReadLock(mm));
    const vma = k.run(k.vmaLookup(mm, AT))!;
    const neighbour = k.run(k.vmaLookup(mm, AT + TABLE_SPAN))!;
    k.run(k.anonVmaPrepare(neighbour));
    const anonVma = k.run(k.readAnonVma(neighbour))!;
    k.run(k.pteAlloc(mm, AT));
    k.run(k.mmapReadUnlock(mm));
    const page = k.run(k.allocPage());
    k.run(k.filemapAddFolio(INODE + 1, 0, page)); // stands for a child that maps the page and keeps it
    k.put(pageMapping.of(page.page), { anonVma, index: 0 });
    return { mm, vma, page };
  },
  threads: ({ mm, vma, page }) => ({
    *khugepaged(k) {
      yield* k.retractPageTables(INODE, 0);
    },
    // A write fault: the VMA gets its neighbour's anon_vma.
    fault: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        yield* k.anonVmaPrepare(vma);
        yield* k.mmapReadUnlock(mm);
      },
    },
    *reclaim(k) {
      yield* k.folioReferenced(page);
    },
  }),
});
