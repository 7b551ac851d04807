import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x10_0000;
const CTX = 1;

export default scenario({
  title: "userfaultfd: don't pin the user memory in userfaultfd_file_create()",
  fix: "d2005e3f41d4",
  note: "The descriptor stays open for as long as its reader likes. What it holds until then is the memory, or only the struct.",
  profile: "linux-6.12",
  variants: { buggy: { holds: "mm_users" as const }, fixed: { holds: "mm_count" as const } },
  expect: {
    buggy: { breaks: ["NO-LEAK"], severity: "S5" },
    fixed: { clean: ["mmget_not_zero", "set_pte_at", "exit_mmap"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "missing"));
    return mm;
  },
  threads: (mm, { holds }) => ({
    // userfaultfd(2), then UFFDIO_COPY; the descriptor is not closed.
    *monitor(k) {
      yield* k.mmgrab(mm);
      if (holds === "mm_users") yield* k.mmgetNotZero(mm);
      yield* k.writeOnce("created", true);
      yield* k.uffdioCopy(mm, AT);
      yield* k.mmdrop(mm);
    },
    owner: {
      mm,
      *run(k) {
        yield* k.waitEvent("created", true);
        yield* k.exitProcess(mm);
      },
    },
  }),
});
