import { scenario } from "@faultline/interleave";
import { VM } from "@faultline/mm";

const AT = 0x1000_0000;

export default scenario({
  title: "usb: mon: make mmapped memory read only",
  cve: "CVE-2022-43750",
  note: "The hook refuses VM_WRITE and leaves VM_MAYWRITE set: mprotect gives what mmap refused. Ashmem had the same (CVE-2020-0009, 6d67b0290b4b).",
  profile: "linux-5.4",
  variants: {
    buggy: { ops: "mon_bin_maywrite" },
    fixed: { ops: "mon_bin" },
  },
  expect: {
    buggy: { breaks: ["PERM"], severity: "S1" },
    fixed: { clean: ["try_clear_maywrite", "user_access"] },
  },
  setup: (k) => k.mm(),
  threads: (mm, { ops }) => ({
    user: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: AT, length: 4096, flags: VM.READ | VM.SHARED, ops, owner: "mon0" });
        yield* k.mprotect(mm, AT, 4096, VM.READ | VM.WRITE);
        yield* k.userAccess(mm, AT, true);
      },
    },
  }),
});
