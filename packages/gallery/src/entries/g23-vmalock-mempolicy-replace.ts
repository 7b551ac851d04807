import { scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;

export default scenario({
  title: "mm/mempolicy: take VMA lock before replacing policy",
  fix: "6c21e066f925",
  cve: "CVE-2023-4611",
  profile: "linux-6.4.3",
  kernel: (variant) => variant,
  variants: {
    buggy: { mbindVw: false } satisfies Partial<Knobs>,
    fixed: { mbindVw: true } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["do_mbind", "vma_alloc_folio", "vma_end_read"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    k.run(k.mmapWriteLock(mm));
    const vma = k.run(k.vmaLookup(mm, AT))!;
    k.run(k.vmaStartWrite(vma));
    k.run(k.vmaReplacePolicy(vma, "mpol0"));
    k.run(k.mmapWriteUnlock(mm));
    return mm;
  },
  threads: (mm) => ({
    mbind: {
      mm,
      *run(k) {
        yield* k.mbind(mm, AT, "mpol1");
      },
    },
    fault: {
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma === null) return;
        const page = yield* k.vmaAllocFolio(vma);
        yield* k.vmaEndRead(vma);
        yield* k.putPage(page);
      },
    },
  }),
});
