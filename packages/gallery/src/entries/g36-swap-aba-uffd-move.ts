import { scenario } from "@faultline/interleave";
import { swapSlots, VM } from "@faultline/mm";

const A = 0x10000;
const B = 0x20000;
const TO = 0x30000;

export default scenario({
  title: "mm: userfaultfd: fix race of userfaultfd_move and swap cache",
  fix: "0ea148a79919",
  cve: "CVE-2025-38242",
  note:
    "The swap device has one slot, so that a page swapped out after another was swapped in gets its slot: the entry " +
    "that UFFDIO_MOVE compares is the one it saw, and the folio that it locked is another's.",
  profile: "linux-6.15.0",
  kernel: ({ uffdMove }) => ({ uffdMove }),
  variants: { buggy: { uffdMove: "trusts-cache" as const }, fixed: { uffdMove: "checks-cache" as const } },
  expect: {
    buggy: { breaks: ["FOLIO-RMAP"], severity: "S0" },
    fixed: { clean: ["move_swap_pte", "do_swap_page"] },
  },
  setup(k) {
    const mm = k.mm();
    k.put(swapSlots, 1);
    for (const start of [A, B, TO]) {
      k.run(k.mmap(mm, { start, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    }
    k.run(k.userfaultfdRegister(mm, TO, 4096, 0, "missing"));
    for (const at of [A, B]) k.run(k.pageFault(mm, at, true));
    k.run(k.swapOut(mm, A));
    return { mm };
  },
  threads: ({ mm }) => ({
    mover: {
      mm,
      *run(k) {
        yield* k.uffdioMove(mm, TO, A);
      },
    },
    swapper: {
      mm,
      *run(k) {
        yield* k.pageFault(mm, A, true);
        yield* k.swapOut(mm, B);
        yield* k.pageFault(mm, B, true);
        yield* k.swapOut(mm, A);
      },
    },
  }),
});
