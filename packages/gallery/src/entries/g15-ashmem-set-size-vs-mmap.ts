import { scenario } from "@faultline/interleave";
import { ashmemArea, VM } from "@faultline/mm";

export default scenario({
  title: "staging: android: ashmem: fix a race condition in ASHMEM_SET_SIZE ioctl",
  fix: "443064cb0b1f",
  cve: "CVE-2017-13216",
  profile: "linux-4.19",
  variants: {
    buggy: { locked: false },
    fixed: { locked: true },
  },
  expect: {
    buggy: { breaks: ["DRV-STATE"], severity: "S1" },
    fixed: { clean: ["ashmem_store_size", "shmem_file_setup"] },
  },
  setup(k) {
    k.put(ashmemArea.of(0), { ...ashmemArea.of(0).kind.initial, size: 4096 });
    return k.mm();
  },
  threads: (mm, { locked }) => ({
    ioctl: {
      mm,
      *run(k) {
        yield* k.ashmemSetSize(0, 8192, locked);
      },
    },
    mmap: {
      mm,
      *run(k) {
        yield* k.mmap(mm, { start: 0x1000_0000, length: 4096, flags: VM.READ, ops: "ashmem", owner: "ashmem0" });
      },
    },
  }),
});
