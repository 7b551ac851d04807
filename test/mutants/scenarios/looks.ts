import { PAGE_SIZE } from "@faultline/mm";
import { named } from "./act.ts";

/** What looks at the area as its own process does, or tries for its locks. */
export const looks = named({
  "read lock": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      if (vma === null) return null;
      const flags = yield* k.readVmFlags(vma);
      yield* k.vmaEndRead(vma);
      return flags;
    },
  },
  "read lock twice": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      if (vma === null) return null;
      const again = yield* k.lockVmaUnderRcu(mm, at);
      if (again !== null) yield* k.vmaEndRead(again);
      yield* k.vmaEndRead(vma);
      return again !== null;
    },
  },
  // A writer that waits for it sleeps, and looks no more.
  "read lock for ever": {
    daemon: true,
    *run(k, { mm, at }) {
      if ((yield* k.lockVmaUnderRcu(mm, at)) === null) return null;
      return yield* k.waitEvent("never", true);
    },
  },
  // Whoever has the read lock must not find the VMA write-locked.
  "read lock and sequence": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      if (vma === null) return null;
      const locked = yield* k.vmaLockSeqRelaxed(mm, vma);
      yield* k.vmaEndRead(vma);
      return locked;
    },
  },
  "read lock by any means": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockNextVma(mm, at);
      if (vma === null) return null;
      const flags = yield* k.readVmFlags(vma);
      yield* k.vmaEndRead(vma);
      return flags;
    },
  },
  "read lock, mmap_read_trylock, and what thread 1 was told": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      if (vma === null) return null;
      const free = yield* k.mmapReadTrylock(mm);
      if (free) yield* k.mmapReadUnlock(mm);
      const told = yield* k.readOnce("thread1");
      yield* k.vmaEndRead(vma);
      return [free, told];
    },
  },
  mmap_read_trylock: {
    *run(k, { mm, at }) {
      if (!(yield* k.mmapReadTrylock(mm))) return "busy";
      const vma = yield* k.vmaLookup(mm, at);
      yield* k.mmapReadUnlock(mm);
      return [vma !== null, yield* k.userAccess(mm, at, false)];
    },
  },
  mmap_write_trylock: {
    *run(k, { mm }) {
      if (!(yield* k.mmapWriteTrylock(mm))) return "busy";
      return yield* k.mmapWriteUnlock(mm);
    },
  },
  mmap_read_lock: {
    *run(k, { mm, at }) {
      yield* k.mmapReadLock(mm);
      const vma = yield* k.vmaLookup(mm, at);
      yield* k.mmapReadUnlock(mm);
      return vma !== null;
    },
  },
  "anon_vma and trylock": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      if (vma === null) return null;
      const before = yield* k.readAnonVma(vma);
      const free = yield* k.mmapWriteTrylock(mm);
      const after = yield* k.readAnonVma(vma);
      if (free) yield* k.mmapWriteUnlock(mm);
      yield* k.vmaEndRead(vma);
      return [before, free, after];
    },
  },
  "user code writes": {
    *run(k, { mm, at }) {
      const first = yield* k.userAccess(mm, at, true);
      return [first, yield* k.userAccess(mm, at, true)];
    },
  },
  "user code reads": {
    *run(k, { mm, at }) {
      const first = yield* k.userAccess(mm, at, false);
      return [first, yield* k.userAccess(mm, at + PAGE_SIZE, false)];
    },
  },
  "user code writes, then mmap_read_trylock": {
    *run(k, { mm, at }) {
      const before = yield* k.userAccess(mm, at, true);
      const after = yield* k.userAccess(mm, at, true);
      const free = yield* k.mmapReadTrylock(mm);
      if (free) yield* k.mmapReadUnlock(mm);
      return [before, after, free];
    },
  },
  "mmap_read_trylock, then user code writes": {
    *run(k, { mm, at }) {
      const before = yield* k.userAccess(mm, at, true);
      const free = yield* k.mmapReadTrylock(mm);
      if (free) yield* k.mmapReadUnlock(mm);
      return [before, free, yield* k.userAccess(mm, at, true)];
    },
  },
  "/proc/pid/maps": { run: (k, { mm }) => k.procPidMaps(mm) },
});
