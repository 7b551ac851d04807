import { scenario } from "@faultline/interleave";
import { VM } from "@faultline/mm";

const AT = 0x10000;

export default scenario({
  title: "fork: lock VMAs of the parent process when forking",
  fix: "fb49c455323f",
  profile: "linux-6.4.0",
  variants: {
    buggy: { forkVw: false },
    fixed: { forkVw: true },
  },
  // Everything else is as in the kernel that has the fix, so that nothing but the missing lock shows.
  kernel: ({ forkVw }) => ({ forkVw, newVmaVw: true, stackVw: true }),
  expect: {
    buggy: { breaks: ["FORK-LOCKED"], severity: "S0" },
    fixed: { clean: ["copy_process", "lock_vma_under_rcu", "set_pte_at"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: 8192, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    k.run(k.pageFault(mm, AT, true));
    return mm;
  },
  threads: (mm) => ({
    forker: {
      mm,
      *run(k) {
        const child = yield* k.fork(mm, null, null);
        yield* k.exitProcess(child);
      },
    },
    writer: {
      mm,
      *run(k) {
        yield* k.pageFault(mm, AT + 4096, true);
      },
    },
  }),
});
