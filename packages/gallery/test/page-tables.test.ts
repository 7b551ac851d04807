import { type Exploration, explore, type SetupKernel, scenario } from "@faultline/interleave";
import { type Kernel, type Knobs, TABLE_SPAN, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x4000_0000;
const INODE = 0;

/** A private mapping of a file over one whole page table, which is there and empty. */
function wholeTable(k: SetupKernel): number {
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { start: AT, length: TABLE_SPAN, flags: VM.READ | VM.WRITE, ops: "", owner: "", file }));
  k.run(k.mmapReadLock(mm));
  k.run(k.pteAlloc(mm, AT));
  k.run(k.mmapReadUnlock(mm));
  return mm;
}

type Act = (k: Kernel, mm: number) => ReturnType<Kernel["spinUnlock"]>;

const acts = {
  *fault(k, mm) {
    yield* k.pageFault(mm, AT, true);
    return null;
  },
  *munmap(k, mm) {
    yield* k.munmap(mm, AT, TABLE_SPAN);
    return null;
  },
  *dontneed(k, mm) {
    yield* k.madviseDontneed(mm, AT, TABLE_SPAN);
    return null;
  },
  *mprotect(k, mm) {
    yield* k.mprotect(mm, AT, TABLE_SPAN, VM.READ);
    return null;
  },
  *fork(k, mm) {
    yield* k.fork(mm, null, null);
    return null;
  },
  *khugepaged(k) {
    yield* k.retractPageTables(INODE, 0);
    return null;
  },
} satisfies Record<string, Act>;

function against(
  a: keyof typeof acts,
  b: keyof typeof acts,
  profile: string,
  kernel: Partial<Knobs> = {},
): Exploration {
  const spec = scenario({
    title: `${a} against ${b}`,
    profile,
    kernel,
    variants: { only: {} },
    setup: wholeTable,
    threads: (mm) => ({
      first: { mm, run: (k) => acts[a](k, mm) },
      second: { mm, run: (k) => acts[b](k, mm) },
    }),
  });
  return explore(spec.instantiate("only").program);
}

describe.each(["linux-5.4", "linux-6.1", "linux-6.12", "linux-6.18.19"])("%s", (profile) => {
  it.each(["fault", "munmap", "dontneed", "mprotect", "fork"] as const)(
    "khugepaged takes a page table away while others need it: %s",
    (act) => {
      // linux-5.4 looks at anon_vma too early (G66): there even a fault alone loses its page.
      const result = against(act, "khugepaged", profile, profile === "linux-5.4" ? { retract: "mmap" } : {});
      expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
      expect(result.verdict).toBe("clean");
      expect(result.unreached.map(({ step }) => step)).not.toContain("pmdp_collapse_flush");
    },
  );
});

it("G66 a fault fills the page table between khugepaged's look at anon_vma and its mmap_lock", () => {
  const result = against("fault", "khugepaged", "linux-5.4");
  expect(result.findings.map(({ violation }) => violation.rule.name)).toContain("PGT-FREE");
});

it("MADV_DONTNEED takes a page table away while a fault fills it, both under the VMA lock", () => {
  const result = against("dontneed", "fault", "linux-6.18.19");
  expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
  expect(result.verdict).toBe("clean");
  expect(result.unreached.map(({ step }) => step)).not.toContain("zap_empty_pte_table");
});
