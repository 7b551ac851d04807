import { scenario } from "@faultline/interleave";
import { VM } from "@faultline/mm";

const AT = 0x10000;

export default scenario({
  title: "mm/mempolicy: fix use after free when calling get_mempolicy",
  fix: "73223e4e2e38",
  cve: "CVE-2018-10675",
  profile: "linux-4.19",
  variants: { buggy: { how: "bare" as const }, fixed: { how: "referenced" as const } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["heap_use", "mpol_put", "do_mbind"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.mbind(mm, AT, "mpol0"));
    return { mm };
  },
  threads: ({ mm }, { how }) => ({
    getter: {
      mm,
      *run(k) {
        yield* k.getMempolicy(mm, AT, how);
      },
    },
    binder: {
      mm,
      *run(k) {
        yield* k.mbind(mm, AT, "mpol1");
      },
    },
  }),
});
