import { PAGE_SIZE, presentPte, TABLE_SPAN, VM } from "@faultline/mm";
import { named, PRIVATE } from "./act.ts";
import { INODE } from "./places.ts";
import { tryTable } from "./try-lock.ts";

/** What changes the area. */
export const changes = named({
  munmap: { run: (k, { mm, at, size }) => k.munmap(mm, at, size) },
  "munmap the head": { run: (k, { mm, at }) => k.munmap(mm, at, PAGE_SIZE) },
  "munmap the tail": { run: (k, { mm, at }) => k.munmap(mm, at + PAGE_SIZE, PAGE_SIZE) },
  "map over": { run: (k, { mm, at }) => k.mmap(mm, { start: at, length: 2 * PAGE_SIZE, ...PRIVATE }) },
  move: {
    run: (k, { mm, at }) =>
      k.mremap(mm, { start: at, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: at + 8 * PAGE_SIZE, dontUnmap: false }),
  },
  "first write": { run: (k, { mm, at }) => k.pageFault(mm, at + PAGE_SIZE, true) },
  "first read": { run: (k, { mm, at }) => k.pageFault(mm, at + PAGE_SIZE, false) },
  "write again": { run: (k, { mm, at }) => k.pageFault(mm, at, true) },
  "read again": { run: (k, { mm, at }) => k.pageFault(mm, at, false) },
  // What the fault waited for is over when it returns.
  "the entry, write again, then the entry": {
    *run(k, { mm, at }) {
      const before = yield* k.ptepGet(mm, at);
      const result = yield* k.pageFault(mm, at, true);
      const after = yield* k.ptepGet(mm, at);
      return [presentPte(before) !== null, result, presentPte(after) !== null];
    },
  },
  "first read, then the first table's lock and entry": {
    *run(k, { mm, at }) {
      const result = yield* k.pageFault(mm, at + PAGE_SIZE, false);
      const free = yield* tryTable(k, mm, at);
      return [result, free, presentPte(yield* k.ptepGet(mm, at)) !== null];
    },
  },
  "write far off": { run: (k, { mm, at }) => k.pageFault(mm, at + TABLE_SPAN, true) },
  "munmap above": { run: (k, { mm, at, size }) => k.munmap(mm, at + size, size) },
  // What was read of a swap entry is another's by now.
  "swap in, the second page out": {
    *run(k, { mm, at }) {
      yield* k.pageFault(mm, at, true);
      yield* k.pageFault(mm, at + PAGE_SIZE, true);
      return yield* k.swapOut(mm, at + PAGE_SIZE);
    },
  },
  // The slot that the entry names is another folio's by now, and the entry names it again.
  "new page in the slot": {
    *run(k, { mm, at }) {
      yield* k.pageFault(mm, at, true);
      yield* k.madviseDontneed(mm, at, PAGE_SIZE);
      yield* k.pageFault(mm, at, true);
      return yield* k.swapOut(mm, at);
    },
  },
  // The same, and what was there is not read before it is thrown away.
  "another page in the slot": {
    *run(k, { mm, at }) {
      yield* k.madviseDontneed(mm, at, PAGE_SIZE);
      yield* k.pageFault(mm, at, true);
      return yield* k.swapOut(mm, at);
    },
  },
  "grow the other stack": { run: (k, { mm, at }) => k.pageFault(mm, at + TABLE_SPAN + PAGE_SIZE, true) },
  "fork to thread 2 without memory": { run: (k, { mm }) => k.fork(mm, 2, 0) },
  "fork to thread 2": {
    *run(k, { mm, at }) {
      yield* k.fork(mm, 2, null);
      return yield* k.userAccess(mm, at, true);
    },
  },
  "the child": {
    foreign: true,
    daemon: true,
    *run(k, { at }) {
      const mm = yield* k.retFromFork();
      const seen = yield* k.userAccess(mm, at, false);
      yield* k.exitProcess(mm);
      return seen;
    },
  },
  // Nobody should touch user memory with one of these held: a fault must not wait for what its task keeps from others.
  "first write with the VMA locked": {
    *run(k, { mm, at }) {
      const vma = yield* k.lockVmaUnderRcu(mm, at);
      const result = yield* k.pageFault(mm, at + PAGE_SIZE, true);
      if (vma !== null) yield* k.vmaEndRead(vma);
      return result;
    },
  },
  "first write under mmap_lock": {
    *run(k, { mm, at }) {
      yield* k.mmapReadLock(mm);
      const result = yield* k.pageFault(mm, at + PAGE_SIZE, true);
      yield* k.mmapReadUnlock(mm);
      return result;
    },
  },
  "write by the other": { foreign: true, run: (k, { other, at }) => k.pageFault(other, at, true) },
  "exit of the other": {
    foreign: true,
    *run(k, { other }) {
      return yield* k.exitProcess(other);
    },
  },
  "map by the other": {
    foreign: true,
    *run(k, { other, at }) {
      yield* k.mmap(other, { start: at, length: PAGE_SIZE, ...PRIVATE });
      return yield* k.munmap(other, at, PAGE_SIZE);
    },
  },
  "map and write by the other": {
    foreign: true,
    *run(k, { other, at }) {
      yield* k.mmap(other, { start: at, length: PAGE_SIZE, ...PRIVATE });
      yield* k.pageFault(other, at, true);
      return yield* k.munmap(other, at, PAGE_SIZE);
    },
  },
  fork: { run: (k, { mm }) => k.fork(mm, null, null) },
  "fork without memory": { run: (k, { mm }) => k.fork(mm, null, 0) },
  "fork that runs out": { run: (k, { mm }) => k.fork(mm, null, 1) },
  exit: {
    *run(k, { mm }) {
      return yield* k.exitProcess(mm);
    },
  },
  "change of flags": {
    *run(k, { mm, at }) {
      yield* k.mmapWriteLock(mm);
      const vma = yield* k.vmaLookup(mm, at);
      if (vma !== null) yield* k.vmFlagsSet(vma, VM.DONTCOPY);
      yield* k.mmapWriteUnlock(mm);
      return vma !== null;
    },
  },
  MADV_DONTNEED: { run: (k, { mm, at, size }) => k.madviseDontneed(mm, at, size) },
  mprotect: { run: (k, { mm, at }) => k.mprotect(mm, at, 2 * PAGE_SIZE, VM.READ) },
  migration: { foreign: true, run: (k, { page }) => k.migratePages(page) },
  "swap out": { run: (k, { mm, at }) => k.swapOut(mm, at) },
  "oom reaper": {
    foreign: true,
    *run(k, { mm }) {
      yield* k.mmgrab(mm);
      const reaped = yield* k.oomReapTaskMm(mm);
      yield* k.mmdrop(mm);
      return reaped;
    },
  },
  "revoke by the inode": { foreign: true, run: (k) => k.unmapMappingPages(INODE, 0, 2) },
  khugepaged: { foreign: true, run: (k) => k.retractPageTables(INODE, 0) },
  "close the file": { run: (k, { file }) => k.filpClose(file) },
});
