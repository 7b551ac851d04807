import { scenario } from "@faultline/interleave";
import { VM } from "@faultline/mm";

const ARGUMENT = 0x10000;
const AREA = 0x20000;

export default scenario({
  title: "ashmem: fix possible deadlock in ashmem_ioctl",
  fix: "740a5759bf22",
  note: "The ioctl faults on its argument with ashmem_mutex held; mmap takes the mutex with mmap_lock held.",
  profile: "linux-4.19",
  variants: { buggy: { ioctl: "copies-under-mutex" as const }, fixed: { ioctl: "copies-first" as const } },
  expect: {
    buggy: { breaks: ["NO-STUCK", "LOCK-ORDER"], severity: "S4" },
    fixed: { clean: ["user_access", "mutex_lock", "do_user_addr_fault"] },
  },
  setup(k) {
    const mm = k.mm();
    k.run(k.ashmemSetSize(0, 4096, true));
    k.run(k.mmap(mm, { start: ARGUMENT, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    return { mm };
  },
  threads: ({ mm }, { ioctl }) => ({
    ioctl: {
      mm,
      *run(k) {
        yield* k.ashmemIoctl(mm, ARGUMENT, ioctl);
      },
    },
    mapper: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: AREA, length: 4096, flags: VM.READ, ops: "ashmem", owner: "ashmem0" });
      },
    },
    *shrinker(k) {
      yield* k.ashmemShrinkScan();
    },
  }),
});
