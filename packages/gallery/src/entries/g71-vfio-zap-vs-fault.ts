import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM, word } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;
const ENABLED = "memory_enabled";
/** vdev->memory_lock. */
const MEMORY = "memory_lock";

export default scenario({
  title: "vfio-pci: Invalidate mmaps and block MMIO access on disabled memory",
  fix: "abafbc551fdd",
  cve: "CVE-2020-12888",
  note: "What is mapped of the device is taken back before its memory goes off; a fault in between brings it back.",
  profile: "linux-5.4",
  variants: { buggy: { locked: false }, fixed: { locked: true } },
  expect: {
    buggy: { breaks: ["PAGE-REF", "ZAP-COMPLETE"], severity: "S0" },
    fixed: { clean: ["insert_pfn", "zap_pte_range", "dma_free_coherent"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    const flags = VM.READ | VM.WRITE | VM.SHARED | VM.IO | VM.PFNMAP | VM.DONTEXPAND;
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "", owner: "", file }));
    k.put(word.of(ENABLED), true);
    return { mm, bar: k.run(k.dmaAllocCoherent()) };
  },
  threads: ({ mm, bar }, { locked }) => ({
    // vfio_pci_mmap_fault, under mmap_lock.
    fault: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        const vma = yield* k.vmaLookup(mm, AT);
        if (locked) yield* k.downRead(MEMORY);
        if (vma !== null && (yield* k.readOnce(ENABLED)) === true) yield* k.vmfInsertPfn(mm, vma, AT, bar, true);
        if (locked) yield* k.upRead(MEMORY);
        yield* k.mmapReadUnlock(mm);
      },
    },
    // A write to the command register. mmap_lock, where it is wanted, is outside.
    *disable(k) {
      if (locked) yield* k.downWrite(MEMORY);
      yield* k.unmapMappingPages(INODE, 0, 1);
      yield* k.writeOnce(ENABLED, false);
      if (locked) yield* k.upWrite(MEMORY);
      yield* k.dmaFreeCoherent(bar);
    },
  }),
});
