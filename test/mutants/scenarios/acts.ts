import { anonVmaLock, type Kernel, PAGE_SIZE, presentPte, type Steps, TABLE_SPAN, type Value, VM } from "@faultline/mm";
import { anonVmaForeach } from "../../../packages/mm/src/events/anon-vma-steps.ts";
import { I_MMAP, INODE, type Place } from "./places.ts";
import { swapActs } from "./swap-acts.ts";
import { tryFolio, tryTable } from "./try-lock.ts";

/** Something that a thread does to the area, or asks about it. Its answer is remembered in a word of the state. */
export interface Act {
  /** Whether the thread is one of the kernel's. */
  readonly foreign?: true;
  /** Whether it may wait for ever. */
  readonly daemon?: true;
  readonly run: (k: Kernel, place: Place) => Steps<Value>;
}

const PRIVATE = { flags: VM.READ | VM.WRITE, ops: "", owner: "" };
const FIRST_ANON_VMA = anonVmaLock(0);
/** Index of the area's first page, by inode and by anon_vma. */
const AREA_INDEX = 0;

/** Another address space that maps the file, with a reference; null where there is none. */
function* childOf(k: Kernel, mm: number): Steps<number | null> {
  yield* k.downRead(I_MMAP);
  const found = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
  yield* k.upRead(I_MMAP);
  const child = found.find((one) => one.mm !== mm);
  if (child === undefined) return null;
  return (yield* k.mmgetNotZero(child.mm)) ? child.mm : null;
}

function named<N extends string>(acts: Record<N, Act>): Readonly<Record<N, Act>> {
  return acts;
}

/** What changes the area. */
const changes = named({
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

/** What looks at the area, or at who has locked it. */
const looks = named({
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
  // Reclaim's ageing of pages only tries for the lock of a page table: mm/vmscan.c, walk_pte_range().
  "entry, then its lock": {
    *run(k, { mm, at }) {
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [entry?.page ?? null, entry?.write ?? null, yield* tryTable(k, mm, at)];
    },
  },
  "its lock, then the entry": {
    *run(k, { mm, at }) {
      const free = yield* tryTable(k, mm, at);
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [free, entry?.page ?? null, entry?.write ?? null];
    },
  },
  "its lock thrice, then the entry": {
    *run(k, { mm, at }) {
      const seen: Value[] = [];
      for (let i = 0; i < 3; i++) seen.push(yield* tryTable(k, mm, at));
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [...seen, entry?.page ?? null];
    },
  },
  "a page, then the folio's lock": {
    *run(k, { page }) {
      const fresh = yield* k.allocPage();
      const free = yield* tryFolio(k, page);
      yield* k.putPage(fresh);
      return [fresh.page, fresh.gen, free];
    },
  },
  "its lock twice, then the folio's": {
    *run(k, { mm, at, page }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      const free = yield* tryFolio(k, page);
      return [once, twice, free];
    },
  },
  "the first table's lock twice, then the second's": {
    *run(k, { mm, at }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      const second = yield* tryTable(k, mm, at + PAGE_SIZE);
      const entry = presentPte(yield* k.ptepGet(mm, at + PAGE_SIZE));
      return [once, twice, second, entry?.write ?? null];
    },
  },
  "second entry, then its lock": {
    *run(k, { mm, at }) {
      const entry = presentPte(yield* k.ptepGet(mm, at + PAGE_SIZE));
      return [entry === null, yield* tryTable(k, mm, at)];
    },
  },
  "its lock, then the second entry": {
    *run(k, { mm, at }) {
      const free = yield* tryTable(k, mm, at);
      return [free, presentPte(yield* k.ptepGet(mm, at + PAGE_SIZE)) === null];
    },
  },
  "entry, its lock, then a write by the other": {
    *run(k, { mm, at, other }) {
      const entry = presentPte(yield* k.ptepGet(mm, at));
      const free = yield* tryTable(k, mm, at);
      yield* k.pageFault(other, at, true);
      return [entry?.write ?? null, free];
    },
  },
  // Rmap finds a child's page tables before the child is born.
  "the child's entry, then its lock": {
    *run(k, { other, at }) {
      const entry = presentPte(yield* k.ptepGet(other + 2, at));
      return [entry === null, yield* tryTable(k, other + 2, at)];
    },
  },
  "the child's lock, then its entry": {
    *run(k, { other, at }) {
      const free = yield* tryTable(k, other + 2, at);
      return [free, presentPte(yield* k.ptepGet(other + 2, at)) === null];
    },
  },
  "the parent's table lock twice, then the child's": {
    *run(k, { mm, other, at }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      return [once, twice, yield* tryTable(k, other + 2, at)];
    },
  },
  "the child's table lock twice, then the parent's": {
    *run(k, { mm, other, at }) {
      const once = yield* tryTable(k, other + 2, at);
      const twice = yield* tryTable(k, other + 2, at);
      return [once, twice, yield* tryTable(k, mm, at)];
    },
  },
  "the child's table lock, then the parent's twice": {
    *run(k, { mm, other, at }) {
      const childs = yield* tryTable(k, other + 2, at);
      const once = yield* tryTable(k, mm, at);
      return [childs, once, yield* tryTable(k, mm, at)];
    },
  },
  // Uprobes find other processes by the file that they map. kernel/events/uprobes.c, register_for_each_vma()
  "uprobe in the child": {
    *run(k, { mm, at }) {
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      yield* k.mmapWriteLock(child);
      const seen = yield* k.vmaLookup(child, at);
      yield* k.mmapWriteUnlock(child);
      yield* k.mmputAsync(child);
      return seen !== null;
    },
  },
  "uprobe in the child, then user code writes": {
    *run(k, { mm, at }) {
      const before = yield* k.userAccess(mm, at, true);
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      const free = yield* k.mmapWriteTrylock(child);
      if (free) yield* k.mmapWriteUnlock(child);
      const after = yield* k.userAccess(mm, at, true);
      yield* k.mmputAsync(child);
      return [before, free, after];
    },
  },
  "user code writes, then uprobe in the child": {
    *run(k, { mm, at }) {
      const before = yield* k.userAccess(mm, at, true);
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      const after = yield* k.userAccess(mm, at, true);
      const free = yield* k.mmapWriteTrylock(child);
      if (free) yield* k.mmapWriteUnlock(child);
      yield* k.mmputAsync(child);
      return [before, after, free];
    },
  },
  "a page, then the table's lock": {
    *run(k, { mm, at }) {
      const page = yield* k.allocPage();
      const free = yield* tryTable(k, mm, at);
      yield* k.putPage(page);
      return [page.page, page.gen, free];
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
  "walk, then anon_vma trylock": {
    *run(k, { mm, at }) {
      yield* k.rcuReadLock();
      const found = yield* k.masWalk(mm, at + PAGE_SIZE, "once");
      yield* k.rcuReadUnlock();
      const free = yield* k.downReadTrylock(FIRST_ANON_VMA);
      if (free) yield* k.upRead(FIRST_ANON_VMA);
      return [found !== null, free];
    },
  },
  "/proc/pid/maps": { run: (k, { mm }) => k.procPidMaps(mm) },
  "rmap walk": { foreign: true, run: (k, { page }) => k.folioReferenced(page) },
  "i_mmap walk": {
    foreign: true,
    *run(k) {
      yield* k.downRead(I_MMAP);
      const found = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      yield* k.upRead(I_MMAP);
      return found.length;
    },
  },
  "i_mmap walk twice": {
    foreign: true,
    *run(k) {
      yield* k.downRead(I_MMAP);
      const first = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      const second = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      yield* k.upRead(I_MMAP);
      return [first.length, second.length];
    },
  },
  "anon_vma walk twice": {
    foreign: true,
    *run(k) {
      yield* k.downRead(FIRST_ANON_VMA);
      const first = yield* anonVmaForeach(0, AREA_INDEX);
      const second = yield* anonVmaForeach(0, AREA_INDEX);
      yield* k.upRead(FIRST_ANON_VMA);
      return [first.length, second.length];
    },
  },
  "i_mmap walk, then anon_vma walk": {
    foreign: true,
    *run(k) {
      yield* k.downRead(I_MMAP);
      const byInode = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      yield* k.upRead(I_MMAP);
      yield* k.downRead(FIRST_ANON_VMA);
      const byPage = yield* anonVmaForeach(0, AREA_INDEX);
      yield* k.upRead(FIRST_ANON_VMA);
      return [byInode.length, byPage.length];
    },
  },
  "i_mmap trylock": {
    foreign: true,
    *run(k) {
      if (!(yield* k.downReadTrylock(I_MMAP))) return "busy";
      const found = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      yield* k.upRead(I_MMAP);
      return found.length;
    },
  },
  "anon_vma trylock": {
    foreign: true,
    *run(k) {
      if (!(yield* k.downReadTrylock(FIRST_ANON_VMA))) return "busy";
      return yield* k.upRead(FIRST_ANON_VMA);
    },
  },
});

export type ActName = keyof typeof changes | keyof typeof looks | keyof typeof swapActs;

const acts: Readonly<Record<ActName, Act>> = { ...changes, ...looks, ...swapActs };

/** The act of this name. */
export function actOf(name: ActName): Act {
  return acts[name];
}
