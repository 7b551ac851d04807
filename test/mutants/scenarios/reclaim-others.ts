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
import { rangeUnlockMm, stableTrylockMm } from "../../../packages/mm/src/drivers/rust-range-state.ts";
import type { Design, Handle } from "../../../packages/gallery/src/designs/design.ts";

import { kpageflags, listLruCount } from "./own-steps.ts";

/** What somebody else does while a page is reclaimed. */
export interface Other {
  /** Whether it is the process whose buffer it is. */
  readonly own?: true;
  readonly run: (k: Kernel, binder: Handle, design: Design) => Steps<Value>;
}

/** Who only asks, and what. */
const sights: readonly (readonly Sight[])[] = [
  ["slot", "mapped", "lru", "driver", "mmap"],
  ["mmap", "driver", "lru", "mapped", "slot"],
  ["mapped", "slot"],
  ["mmap", "mmap", "driver"],
  ["mmap", "mmap", "lru"],
  ["driver", "driver", "mmap"],
  ["driver", "driver", "lru", "mmap"],
  ["lru", "lru", "driver"],
  ["count", "lru", "driver"],
  ["driver", "lru", "count"],
  ["count", "slot"],
  ["slot", "count"],
  ["page", "lru", "lru"],
  ["page", "mmap"],
  ["page", "driver"],
];

/** Who asks, or goes and asks, by what they ask. */
export const watchers: Readonly<Record<string, Other>> = {
  ...Object.fromEntries(sights.map((all) => [all.join(", "), watch(...all)])),
  "mmap, mmap, exit": watchAndExit("mmap", "mmap"),
  "driver, driver, exit": watchAndExit("driver", "driver"),
  "page, exit": watchAndExit("page"),
  "exit, lru, lru": exitAndWatch("lru", "lru"),
  "exit, mmap, lru": exitAndWatch("mmap", "lru"),
  "exit, slot": exitAndWatch("slot"),
};

/** Who asks whether the page that was unused is in use; not asked of all states, for it tells of few steps. */
export const pageWatchers: Readonly<Record<string, Other>> = {
  "slot, flags": watch("slot", "flags"),
  "slot, driver, flags": watch("slot", "driver", "flags"),
  "exit, users, flags": exitAndWatch("users", "flags"),
};

/** The same for what the Rust driver alone has. */
export const rustWatchers: Readonly<Record<string, Other>> = {
  "mm_lock, mm_lock, mmap": watch("mm_lock", "mm_lock", "mmap"),
  "mmap, mmap, mm_lock": watch("mmap", "mmap", "mm_lock"),
  "mm_lock, mmap, lru": watch("mm_lock", "mmap", "lru"),
  "mm_lock, mm_lock, exit": watchAndExit("mm_lock", "mm_lock"),
};

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
  ...watchers,
  "user code reads": {
    own: true,
    *run(k, { mm, start }) {
      const first = yield* k.userAccess(mm, start, false);
      return [first, yield* k.userAccess(mm, start, false)];
    },
  },
};

/**
 * What can be asked about at any time: whether a lock could be had (of the address space, of the driver's state, of the
 * list of unused pages, the Rust driver's mm_lock), how long the list is, which page the allocator gives, whether the
 * first page is in use, and whether the address space is.
 */
type Sight = "mmap" | "driver" | "lru" | "mm_lock" | "count" | "page" | "slot" | "mapped" | "flags" | "users";

/** Asks one after the other. To find a lock taken and then free tells how far the reclaimer has come. */
function watch(...sights: readonly Sight[]): Other {
  return { own: true, run: (k, binder) => lookAt(k, binder, sights) };
}

/** The same, and then the process is gone: whoever has the last reference tears the address space down. */
function watchAndExit(...sights: readonly Sight[]): Other {
  return {
    own: true,
    *run(k, binder) {
      const seen = yield* lookAt(k, binder, sights);
      yield* k.exitProcess(binder.mm);
      return seen;
    },
  };
}

/** The process is gone first. */
function exitAndWatch(...sights: readonly Sight[]): Other {
  return {
    own: true,
    *run(k, binder) {
      yield* k.mmgrab(binder.mm);
      yield* k.exitProcess(binder.mm);
      const seen = yield* lookAt(k, binder, sights);
      yield* k.mmdrop(binder.mm);
      return seen;
    },
  };
}

function* lookAt(k: Kernel, binder: Handle, sights: readonly Sight[]): Steps<Value> {
  const seen: Value[] = [];
  for (const sight of sights) seen.push(yield* lookAtOne(k, binder, sight));
  return seen;
}

function* lookAtOne(k: Kernel, binder: Handle, sight: Sight): Steps<Value> {
  const { alloc, inode, ops } = binder;
  switch (sight) {
    case "mmap":
      return yield* tryMmap(k, binder.mm);
    case "driver":
      return yield* tryLock(
        k,
        inode >= 0 ? `lazy_mutex${alloc}` : ops === "rust_binder" ? `range${alloc}` : `alloc${alloc}`,
      );
    case "lru":
      return yield* tryLock(k, BINDER_LRU);
    case "mm_lock": {
      const free = yield* stableTrylockMm(alloc, true);
      if (free) yield* rangeUnlockMm(alloc);
      return free;
    }
    case "count":
      return yield* listLruCount();
    case "mapped":
      return presentPte(yield* k.ptepGet(binder.mm, binder.start)) !== null;
    case "slot":
      return (yield* binderGetInstalledPage(alloc, 0)) !== null;
    case "flags":
      return (yield* kpageflags(0)).inUse;
    case "users": {
      const used = yield* k.mmgetNotZero(binder.mm);
      if (used) yield* k.mmputAsync(binder.mm);
      return used;
    }
    case "page": {
      const page = yield* k.allocPage();
      yield* k.putPage(page);
      return page.page;
    }
  }
}

/** Whether a lock could be had, for a moment. */
function* tryLock(k: Kernel, name: string): Steps<boolean> {
  const free = yield* k.spinTrylock(name);
  if (free) yield* k.spinUnlock(name);
  return free;
}

function* tryMmap(k: Kernel, mm: number): Steps<boolean> {
  const free = yield* k.mmapWriteTrylock(mm);
  if (free) yield* k.mmapWriteUnlock(mm);
  return free;
}
