import { anonVmaLock, type Kernel, PAGE_SIZE, type Steps } from "@faultline/mm";
import { anonVmaForeach } from "../../../packages/mm/src/events/anon-vma-steps.ts";
import { named, PRIVATE } from "./act.ts";
import { fileRefs, mappingMapped } from "./own-steps.ts";
import { I_MMAP, INODE } from "./places.ts";

const FIRST_ANON_VMA = anonVmaLock(0);
/** Index of the area's first page, by inode and by anon_vma. */
const AREA_INDEX = 0;

/** A reference on the first other address space, while rmap's lock keeps its VMA. */
function* getOther(k: Kernel, mm: number, found: readonly { readonly mm: number }[]): Steps<number | null> {
  const other = found.find((one) => one.mm !== mm);
  return other !== undefined && (yield* k.mmgetNotZero(other.mm)) ? other.mm : null;
}

/** Another address space that maps the file, with a reference; null where there is none. */
function* childOf(k: Kernel, mm: number): Steps<number | null> {
  yield* k.downRead(I_MMAP);
  const found = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
  const child = yield* getOther(k, mm, found);
  yield* k.upRead(I_MMAP);
  return child;
}

/** Another address space that has a copy of the area's first page, with a reference; null where there is none. */
function* sharerOf(k: Kernel, mm: number): Steps<number | null> {
  yield* k.downRead(FIRST_ANON_VMA);
  const found = yield* anonVmaForeach(0, AREA_INDEX);
  const child = yield* getOther(k, mm, found);
  yield* k.upRead(FIRST_ANON_VMA);
  return child;
}

/** Whether the tree has a VMA there. */
function* walkUnderRcu(k: Kernel, mm: number, address: number): Steps<boolean> {
  yield* k.rcuReadLock();
  const found = yield* k.masWalk(mm, address, "once");
  yield* k.rcuReadUnlock();
  return found !== null;
}

/** What looks for the area, or for a copy of it, by rmap. */
export const rmapLooks = named({
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
  "uprobe that waits to read": {
    *run(k, { mm, at }) {
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      yield* k.mmapReadLock(child);
      const seen = yield* k.vmaLookup(child, at);
      yield* k.mmapReadUnlock(child);
      yield* k.mmputAsync(child);
      return seen !== null;
    },
  },
  // What a copy that is thrown away looks like to whoever has found it by the file. kernel/fork.c, dup_mmap()
  "the child's tree, then its flags": {
    *run(k, { mm, at }) {
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      const there = yield* walkUnderRcu(k, child, at);
      const skip = yield* k.mmFlagsTest(child, "oom_skip");
      yield* k.mmputAsync(child);
      return [there, skip];
    },
  },
  "the child's flags, then its tree": {
    *run(k, { mm, at }) {
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      const skip = yield* k.mmFlagsTest(child, "oom_skip");
      const there = yield* walkUnderRcu(k, child, at);
      yield* k.mmputAsync(child);
      return [skip, there];
    },
  },
  "the child's flag, then i_mmap": {
    *run(k, { mm }) {
      const child = yield* childOf(k, mm);
      if (child === null) return null;
      const unstable = yield* k.mmFlagsTest(child, "unstable");
      yield* k.downRead(I_MMAP);
      const found = yield* k.vmaIntervalTreeForeach(INODE, 0, 2);
      yield* k.upRead(I_MMAP);
      yield* k.mmputAsync(child);
      return [unstable, found.length];
    },
  },
  "file_count, then the child's tree": {
    *run(k, { mm, at, file }) {
      const child = yield* sharerOf(k, mm);
      if (child === null) return null;
      const refs = yield* fileRefs(file);
      const there = yield* walkUnderRcu(k, child, at);
      yield* k.mmputAsync(child);
      return [refs, there];
    },
  },
  "the child's tree, then file_count": {
    *run(k, { mm, at, file }) {
      const child = yield* sharerOf(k, mm);
      if (child === null) return null;
      const there = yield* walkUnderRcu(k, child, at);
      const refs = yield* fileRefs(file);
      yield* k.mmputAsync(child);
      return [there, refs];
    },
  },
  // Whose memory a VMA gets tells that it is free.
  "a VMA of the other's, then file_count": {
    foreign: true,
    *run(k, { other, at, file }) {
      yield* k.mmget(other);
      yield* k.mmap(other, { start: at, length: PAGE_SIZE, ...PRIVATE });
      yield* k.mmapReadLock(other);
      const vma = yield* k.vmaLookup(other, at);
      yield* k.mmapReadUnlock(other);
      const refs = yield* fileRefs(file);
      yield* k.mmputAsync(other);
      return [vma?.vma ?? null, refs];
    },
  },
  "an anon_vma of the other's, then the first's lock": {
    foreign: true,
    *run(k, { other, at }) {
      yield* k.mmget(other);
      yield* k.mmap(other, { start: at, length: PAGE_SIZE, ...PRIVATE });
      yield* k.pageFault(other, at, true);
      yield* k.mmapReadLock(other);
      const vma = yield* k.vmaLookup(other, at);
      const anonVma = vma === null ? null : yield* k.readAnonVma(vma);
      yield* k.mmapReadUnlock(other);
      const free = yield* k.downReadTrylock(FIRST_ANON_VMA);
      if (free) yield* k.upRead(FIRST_ANON_VMA);
      yield* k.mmputAsync(other);
      return [anonVma, free];
    },
  },
  "mapping_mapped, then i_mmap trylock": {
    foreign: true,
    *run(k) {
      const mapped = yield* mappingMapped(INODE);
      const free = yield* k.downReadTrylock(I_MMAP);
      if (free) yield* k.upRead(I_MMAP);
      return [mapped, free];
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
