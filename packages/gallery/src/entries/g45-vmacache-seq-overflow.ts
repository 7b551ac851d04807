import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM, word } from "@faultline/mm";

const AT = 0x10_0000;
/** So many values has the sequence number: two bits instead of 32. */
const VALUES = 4;
const SEQ = "vmacache_seqnum";

export default scenario({
  title: "mm: get rid of vmacache_flush_all() entirely",
  fix: "7a9cdebdcc17",
  cve: "CVE-2018-17182",
  note: "A cached VMA counts as good while the address space has the number with which it was cached; the numbers come round.",
  profile: "linux-4.19",
  variants: { buggy: { wraps: true }, fixed: { wraps: false } },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["vm_flags", "vma_lookup", "vm_area_free"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "", owner: "" }));
    k.run(k.mmapReadLock(mm));
    const cached = k.run(k.vmaLookup(mm, AT))!;
    k.run(k.mmapReadUnlock(mm));
    k.put(word.of(SEQ), 0);
    return { mm, cached };
  },
  threads: ({ mm, cached }, { wraps }) => ({
    // find_vma of a thread that has cached the VMA with number 0.
    lookup: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        const hit = (yield* k.readOnce(SEQ)) === 0;
        const vma = hit ? cached : yield* k.vmaLookup(mm, AT);
        if (vma !== null) yield* k.readVmFlags(vma);
        yield* k.mmapReadUnlock(mm);
      },
    },
    // vmacache_invalidate with each change of the VMAs, of which the first is the one that matters.
    unmap: {
      mm,
      *run(k) {
        yield* k.writeOnce(SEQ, 1);
        yield* k.munmap(mm, AT, PAGE_SIZE);
        for (let change = 2; change <= VALUES; change++) yield* k.writeOnce(SEQ, wraps ? change % VALUES : change);
      },
    },
  }),
});
