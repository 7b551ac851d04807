import { scenario } from "@faultline/interleave";
import { rustBinderGenerations, VM, openBinder } from "@faultline/mm";

export default scenario({
  title: "rust_binder: check ownership before using vma",
  fix: "8ef2c15aeae0",
  cve: "CVE-2026-43434",
  profile: "linux-6.18.0",
  variants: {
    buggy: { gen: rustBinderGenerations["6.18.0"] },
    fixed: { gen: rustBinderGenerations["6.18.19"] },
  },
  expect: {
    buggy: { breaks: ["OWNER"], severity: "S1" },
    fixed: { clean: ["check_vma", "insert_page_into_pte_locked"] },
  },
  setup: (k) => openBinder(k, "rust_binder", 1),
  threads: (binder, { gen }) => ({
    owner: {
      mm: binder.mm,
      *run(k) {
        yield* k.munmap(binder.mm, binder.start, 4096);
        const flags = VM.READ | VM.WRITE;
        yield* k.mmap(binder.mm, { start: binder.start, length: 4096, flags, ops: "other", owner: "other0" });
      },
    },
    *sender(k) {
      yield* k.rustUsePageSlow(binder, gen, 0);
    },
  }),
});
