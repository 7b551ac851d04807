import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;
const INODE = 0;

export default scenario({
  title: "coredump: use the vma snapshot in fill_files_note",
  fix: "390031c94211",
  cve: "CVE-2023-1249",
  profile: "linux-6.1",
  kernel: (variant) => variant,
  variants: { buggy: { coredumpFiles: "live" as const }, fixed: { coredumpFiles: "snapshot" as const } },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["fput", "munmap"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "", file }));
    return { mm, file };
  },
  threads: ({ mm, file }) => ({
    dumper: {
      mm,
      *run(k) {
        yield* k.doCoredump(mm);
      },
    },
    *remote(k) {
      if (!(yield* k.mmgetNotZero(mm))) return;
      yield* k.munmap(mm, AT, PAGE_SIZE);
      yield* k.mmput(mm);
      yield* k.filpClose(file);
    },
  }),
});
