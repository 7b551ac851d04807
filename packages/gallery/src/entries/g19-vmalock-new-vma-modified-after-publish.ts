import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;

export default scenario({
  title: "mm: lock newly mapped VMA which can be modified after it becomes visible",
  fix: "33313a747e81",
  profile: "linux-6.4.0",
  note: "latent in 6.4: a VMA without anon_vma is given up before it is locked; found with faults as they came later",
  kernel: (variant) => ({ faultUnderVma: "most", anonVmaCheck: "in-fault", ...variant }),
  variants: { buggy: { newVmaVw: false }, fixed: { newVmaVw: true } },
  expect: {
    buggy: { breaks: ["STORE-LOCKED"], severity: "S0" },
    fixed: { clean: ["vma_refcount_inc", "vma_end_read"] },
  },
  setup(k) {
    return k.mm();
  },
  threads: (mm) => ({
    mmap: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" });
      },
    },
    fault: {
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
    },
  }),
});
