import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";

const AT = 0x4000_0000;
const INODE = 0;
const RW = VM.READ | VM.WRITE;

export default scenario({
  title: "vm_flags loses VM_WRITE while a migration entry keeps its write bit",
  note: "A flag that is taken away takes no right out of page tables; mprotect goes through them, entries of pages on the move as well.",
  profile: "linux-6.12",
  variants: { buggy: { by: "vm_flags_clear" as const }, fixed: { by: "mprotect" as const } },
  expect: {
    buggy: { breaks: ["PERM", "TLB-PERM"], severity: "S1" },
    fixed: { clean: ["try_to_migrate_one", "remove_migration_pte", "change_pte_range", "user_access"] },
  },
  setup(k) {
    const mm = k.mm();
    const file = k.run(k.doDentryOpen(INODE, "", ""));
    k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW | VM.SHARED, ops: "", owner: "", file }));
    k.run(k.pageFault(mm, AT, true));
    k.run(k.mmapReadLock(mm));
    const vma = k.run(k.vmaLookup(mm, AT))!;
    k.run(k.mmapReadUnlock(mm));
    return { mm, vma };
  },
  threads: ({ mm, vma }, { by }) => ({
    user: {
      mm,
      *run(k) {
        if (by === "mprotect") {
          yield* k.mprotect(mm, AT, PAGE_SIZE, VM.READ);
        } else {
          yield* k.mmapWriteLock(mm);
          yield* k.vmFlagsClear(vma, VM.WRITE);
          yield* k.mmapWriteUnlock(mm);
        }
        yield* k.userAccess(mm, AT, true);
      },
    },
    *migration(k) {
      const page = yield* k.filemapGetFolio(INODE, 0);
      if (page === null) return;
      yield* k.migratePages(page);
      yield* k.putPage(page);
    },
  }),
});
