import { type Body, scenario } from "@faultline/interleave";
import {
  BINDER_LRU,
  binderGenerations,
  binderGetInstalledPage,
  type Kernel,
  openBinder,
  PAGE_SIZE,
  presentPte,
  type Steps,
  type Value,
  VM,
} from "@faultline/mm";
import { designs, withoutLock } from "../../../packages/gallery/src/designs/designs.ts";
import type { Design, Handle } from "../../../packages/gallery/src/designs/design.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

/** What somebody else does while a page is reclaimed. */
const others: Readonly<
  Record<string, { own?: true; run: (k: Kernel, binder: Handle, design: Design) => Steps<Value> }>
> = {
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
  "user code reads": {
    own: true,
    *run(k, { mm, start }) {
      const first = yield* k.userAccess(mm, start, false);
      return [first, yield* k.userAccess(mm, start, false)];
    },
  },
};

/** Whether there is a page: in the driver's slot, and mapped. */
function* pageOf(k: Kernel, { alloc, mm, start }: Handle): Steps<Value> {
  const page = yield* binderGetInstalledPage(alloc, 0);
  return [page !== null, presentPte(yield* k.ptepGet(mm, start)) !== null];
}

/** The lock of the list, and the driver's own. */
function locksOf({ alloc, inode, ops }: Handle): string[] {
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

const extra: readonly Design[] = (["5.0", "5.4", "6.0", "6.6", "6.12", "6.14"] as const).map((version) => {
  const gen = binderGenerations[version];
  return {
    ...designs[0]!,
    name: `C ${version}`,
    profile: {
      "5.0": "linux-5.0",
      "5.4": "linux-5.4",
      "6.0": "linux-6.1",
      "6.6": "linux-6.6",
      "6.12": "linux-6.12",
      "6.14": "linux-6.14",
    }[version],
    open: (k, pages) => ({ ...openBinder(k, "binder", pages), inode: -1, file: -1 }),
    send: (k, binder, index) => k.binderInstall(binder, gen, index, 1),
    free: (k, binder, index) => k.binderFreeBuf(binder, gen, index, 1),
    shrink: (k, binder) => k.binderShrinkScan([binder], gen, 2),
  } satisfies Design;
});

export const reclaims: readonly MutantScenario[] = [...extra, ...designs, ...withoutLock].flatMap((design) =>
  Object.entries(others).map(([name, other]) => ({
    name: `${design.name}: reclaim | ${name}`,
    profiles: [design.profile],
    scenario: scenario({
      title: `${design.name}: reclaim against ${name}`,
      profile: design.profile,
      variants: { only: {} },
      setup(k) {
        const binder = design.open(k, 1);
        k.run(design.send(k, binder, 0));
        if (design.receive !== undefined) k.run(design.receive(k, binder, 0));
        if (design.work !== undefined && design.receive === undefined)
          k.run(k.pageFault(binder.mm, binder.start, false));
        k.run(design.free(k, binder, 0));
        return binder;
      },
      threads: (binder): Record<string, Body> => ({
        reclaim: remembers("reclaim", null, function* (k) {
          const freed = yield* design.shrink(k, binder);
          const worked = design.work === undefined ? null : yield* design.work(k, binder);
          return [freed, worked];
        }),
        other: remembers("other", other.own === true ? binder.mm : null, (k) => other.run(k, binder, design)),
      }),
    }),
  })),
);
