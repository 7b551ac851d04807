import { scenario } from "@faultline/interleave";
import { type Knobs, TABLE_SPAN, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const TO = 0x5000_0000;
const INODE = 0;

export default scenario({
  title: "mm/mremap: fix move_normal_pmd/retract_page_tables race",
  fix: "6fa1066fc5d0",
  cve: "CVE-2024-50066",
  profile: "linux-6.6",
  kernel: (variant) => variant,
  variants: {
    buggy: { mremapRecheck: false } satisfies Partial<Knobs>,
    fixed: { mremapRecheck: true } satisfies Partial<Knobs>,
  },
  expect: {
    buggy: { breaks: ["PGT-FREE"], severity: "S0" },
    fixed: { clean: ["mremap", "retract_page_tables"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    k.run(k.mmap(mm, { start: AT, length: TABLE_SPAN, flags: VM.READ | VM.SHARED, ops: "", owner: "", file }));
    k.run(k.mmapReadLock(mm));
    k.run(k.pteAlloc(mm, AT));
    k.run(k.mmapReadUnlock(mm));
    return mm;
  },
  threads: (mm) => ({
    mremap: {
      mm,
      *run(k) {
        yield* k.mremap(mm, { start: AT, oldLength: TABLE_SPAN, newLength: TABLE_SPAN, to: TO, dontUnmap: false });
      },
    },
    // madvise(MADV_COLLAPSE) of the same file in another process.
    *collapse(k) {
      yield* k.retractPageTables(INODE, 0);
    },
  }),
});
