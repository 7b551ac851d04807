import {
  BINDER_LRU,
  binderGetInstalledPage,
  type Kernel,
  PAGE_SIZE,
  presentPte,
  type Steps,
  type Value,
  VM,
} from "@faultline/mm";
import type { Design, Handle } from "../../../packages/gallery/src/designs/design.ts";

/** What somebody else does while a page is reclaimed. */
export interface Other {
  /** Whether it is the process whose buffer it is. */
  readonly own?: true;
  readonly run: (k: Kernel, binder: Handle, design: Design) => Steps<Value>;
}

/** Everything that somebody else does, by name. */
export const others: Readonly<Record<string, Other>> = {
  "reclaim again": { run: (k, binder, design) => design.shrink(k, binder) },
  exit: {
    own: true,
    *run(k, { mm }) {
      return yield* k.exitProcess(mm);
    },
  },
  munmap: { own: true, run: (k, { mm, start, pages }) => k.munmap(mm, start, pages * PAGE_SIZE) },
  "map over": {
    own: true,
    run: (k, { mm, start, pages }) =>
      k.mmap(mm, { start, length: pages * PAGE_SIZE, flags: VM.READ, ops: "", owner: "" }),
  },
  send: { run: (k, binder, design) => design.send(k, binder, 0) },
  "trylock of the lru": {
    *run(k) {
      if (!(yield* k.spinTrylock(BINDER_LRU))) return "busy";
      const item = yield* k.listLruPeek(BINDER_LRU, 0);
      yield* k.spinUnlock(BINDER_LRU);
      return item?.index ?? null;
    },
  },
  mmap_write_trylock: {
    own: true,
    *run(k, { mm }) {
      if (!(yield* k.mmapWriteTrylock(mm))) return "busy";
      return yield* k.mmapWriteUnlock(mm);
    },
  },
  mmap_read_lock: {
    own: true,
    *run(k, { mm }) {
      yield* k.mmapReadLock(mm);
      return yield* k.mmapReadUnlock(mm);
    },
  },
  mmap_write_lock: {
    own: true,
    *run(k, { mm }) {
      yield* k.mmapWriteLock(mm);
      return yield* k.mmapWriteUnlock(mm);
    },
  },
  "page, then locks": {
    own: true,
    *run(k, binder) {
      const seen = yield* pageOf(k, binder);
      return [seen, yield* tryLocks(k, locksOf(binder)), yield* tryMmap(k, binder.mm)];
    },
  },
  "locks, then page": {
    own: true,
    *run(k, binder) {
      const mmap = yield* tryMmap(k, binder.mm);
      return [mmap, yield* tryLocks(k, locksOf(binder).toReversed()), yield* pageOf(k, binder)];
    },
  },
  "mmap_lock twice, then the driver's": watch("mmap", "mmap", "driver"),
  "mmap_lock twice, then the list's": watch("mmap", "mmap", "lru"),
  "the driver's lock twice, then mmap_lock": watch("driver", "driver", "mmap"),
  "the driver's lock twice, then the list's": watch("driver", "driver", "lru"),
  "the list's lock twice, then the driver's": watch("lru", "lru", "driver"),
  "mmap_lock twice, then exit": watchAndExit("mmap", "mmap"),
  "the driver's lock twice, then exit": watchAndExit("driver", "driver"),
  "user code reads": {
    own: true,
    *run(k, { mm, start }) {
      const first = yield* k.userAccess(mm, start, false);
      return [first, yield* k.userAccess(mm, start, false)];
    },
  },
};

/** A lock by what it protects: the address space, the driver's state, the list of unused pages. */
type LockName = "mmap" | "driver" | "lru";

/** Tries for locks one after the other. To find one taken and then free tells how far the reclaimer has come. */
function watch(...names: readonly LockName[]): Other {
  return {
    own: true,
    *run(k, binder) {
      const free: boolean[] = [];
      for (const name of names) free.push(yield* tryOne(k, binder, name));
      return free;
    },
  };
}

/** The same, and then the process is gone: whoever has the last reference tears the address space down. */
function watchAndExit(...names: readonly LockName[]): Other {
  return {
    own: true,
    *run(k, binder) {
      const free: boolean[] = [];
      for (const name of names) free.push(yield* tryOne(k, binder, name));
      yield* k.exitProcess(binder.mm);
      return free;
    },
  };
}

function* tryOne(k: Kernel, binder: Handle, name: LockName): Steps<boolean> {
  if (name === "mmap") return yield* tryMmap(k, binder.mm);
  const [lru, driver] = locksOf(binder);
  const lock = name === "lru" ? lru : driver;
  const free = yield* k.spinTrylock(lock);
  if (free) yield* k.spinUnlock(lock);
  return free;
}

/** Whether there is a page: in the driver's slot, and mapped. */
function* pageOf(k: Kernel, { alloc, mm, start }: Handle): Steps<Value> {
  const page = yield* binderGetInstalledPage(alloc, 0);
  return [page !== null, presentPte(yield* k.ptepGet(mm, start)) !== null];
}

/** The lock of the list, and the driver's own. */
function locksOf({ alloc, inode, ops }: Handle): readonly [string, string] {
  const own = inode >= 0 ? "lazy_mutex" : ops === "rust_binder" ? "range" : "alloc";
  return [BINDER_LRU, `${own}${alloc}`];
}

/** Which of these locks could be had, each for a moment. */
function* tryLocks(k: Kernel, names: readonly string[]): Steps<Value> {
  const free: boolean[] = [];
  for (const name of names) {
    const got = yield* k.spinTrylock(name);
    if (got) yield* k.spinUnlock(name);
    free.push(got);
  }
  return free;
}

function* tryMmap(k: Kernel, mm: number): Steps<boolean> {
  const free = yield* k.mmapWriteTrylock(mm);
  if (free) yield* k.mmapWriteUnlock(mm);
  return free;
}
