import { scenario } from "@faultline/interleave";

/** The null pointer, as an address space: nobody has ever allocated that one. */
const NULL_MM = 99;
const MM = "alloc_vma_vm_mm";

export default scenario({
  title: "binder: fix alloc->vma_vm_mm null-ptr dereference",
  fix: "1da52815d5f1",
  note: "The device is open and not mapped yet when somebody else looks into its memory.",
  profile: "linux-6.1",
  variants: { buggy: { grabbed: "mmap" as const }, fixed: { grabbed: "open" as const } },
  expect: {
    buggy: { breaks: ["MM-REF"], severity: "S0" },
    fixed: { clean: ["mmap_read_trylock", "vma_lookup"] },
  },
  setup: (k) => k.mm(),
  threads: (mm, { grabbed }) => ({
    owner: {
      mm,
      *run(k) {
        yield* k.writeOnce(MM, grabbed === "open" ? mm : NULL_MM);
        yield* k.mmgrab(mm);
        yield* k.writeOnce("open", true);
        if (grabbed === "mmap") yield* k.writeOnce(MM, mm);
        yield* k.waitEvent("peer", true);
        yield* k.mmdrop(mm);
      },
    },
    // print_binder_proc: of every open device.
    *peer(k) {
      if ((yield* k.readOnce("open")) === true) {
        const found = (yield* k.readOnce(MM)) as number;
        if (yield* k.mmgetNotZero(found)) {
          if (yield* k.mmapReadTrylock(found)) {
            yield* k.vmaLookup(found, 0);
            yield* k.mmapReadUnlock(found);
          }
          yield* k.mmputAsync(found);
        }
      }
      yield* k.writeOnce("peer", true);
    },
  }),
});
