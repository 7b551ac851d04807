import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM, word } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;
/** The block of the disk that the page is read from. */
const BLOCK = "block";

export default scenario({
  title: "ext4: fix races between page faults and hole punching",
  cve: "CVE-2015-8839",
  note: "A fault fills the cache again between truncation and the end of the block, from which it reads.",
  profile: "linux-5.4",
  kernel: (variant) => variant,
  variants: {
    buggy: { punchHole: "unlocked" } satisfies Partial<Knobs>,
    fixed: { punchHole: "invalidate-lock" } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["filemap_remove_folio", "filemap_add_folio", "kfree", "heap_use"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.SHARED, ops: "", owner: "", file }));
    k.run(k.kmalloc(BLOCK));
    k.put(word.of("mapped"), true);
    return mm;
  },
  threads: (mm, { punchHole }) => ({
    // ext4_filemap_fault and what it reads: the cache, then the block that the inode has for the page.
    fault: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        if (punchHole === "invalidate-lock") yield* k.downRead("invalidate_lock0");
        if ((yield* k.filemapGetFolio(INODE, 0)) === null) {
          const page = yield* k.allocPage();
          if ((yield* k.readOnce("mapped")) === true) yield* k.heapUse(BLOCK);
          yield* k.filemapAddFolio(INODE, 0, page);
        }
        if (punchHole === "invalidate-lock") yield* k.upRead("invalidate_lock0");
        yield* k.mmapReadUnlock(mm);
      },
    },
    // ext4_punch_hole: the cache first, then the inode's block.
    *punch(k) {
      if (punchHole === "invalidate-lock") yield* k.downWrite("invalidate_lock0");
      yield* k.unmapMappingPages(INODE, 0, 1);
      yield* k.truncateInodeFolio(INODE, 0);
      yield* k.writeOnce("mapped", false);
      yield* k.kfree(BLOCK);
      if (punchHole === "invalidate-lock") yield* k.upWrite("invalidate_lock0");
    },
  }),
});
