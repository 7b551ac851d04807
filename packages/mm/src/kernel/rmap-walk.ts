import { plainAccessBegin, plainAccessEnd } from "../events/access-steps.ts";
import { anonVmaForeach, anonVmaRoot } from "../events/anon-vma-steps.ts";
import { type Found, vmaIntervalTreeForeach } from "../events/i-mmap-steps.ts";
import {
  folioMapping,
  folioReferencedOne,
  migrationEntry,
  removeMigrationPte,
  tryToMigrateOne,
} from "../events/migrate-steps.ts";
import { upRead } from "../events/rwsem-steps.ts";
import { pmdSame, pteLockFound, pteOffsetMap, pteUnmapUnlockFound } from "../events/table-walk-steps.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import { iMmapLock } from "../objects/file.ts";
import type { PagePtr } from "../objects/page.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downRead } from "./rwsem-lock.ts";

/** What a walk does with each place that may map the page. `from`: the page that a migration moved here. */
export type Visit =
  | { readonly does: "migrate" }
  | { readonly does: "remove-migration"; readonly from: PagePtr }
  | { readonly does: "look" };

/**
 * rmap_walk: visits every place where the page may be mapped, under i_mmap or the lock of the anon_vma's root, with no
 * mmap lock and no VMA lock. In how many of them there was something to do. mm/rmap.c
 */
export const rmapWalk: Procedure<Context, [PagePtr, Visit], number> = procedure(
  "rmap_walk",
  function* (k, page: PagePtr, visit: Visit) {
    const mapping = yield* folioMapping(page);
    if (mapping === null) return 0;
    if ("inode" in mapping) {
      yield* downRead(k, iMmapLock(mapping.inode));
      const done = yield* visitAll(k, yield* vmaIntervalTreeForeach(mapping.inode, mapping.index, 1), page, visit);
      yield* upRead(iMmapLock(mapping.inode));
      return done;
    }
    const lock = anonVmaLock(yield* anonVmaRoot(mapping.anonVma));
    yield* downRead(k, lock);
    const done = yield* visitAll(k, yield* anonVmaForeach(mapping.anonVma, mapping.index), page, visit);
    yield* upRead(lock);
    return done;
  },
);

const visitAll: Procedure<Context, [readonly Found[], PagePtr, Visit], number> = procedure(
  "rmap_walk_vmas",
  function* (k, all: readonly Found[], page: PagePtr, visit: Visit) {
    let done = 0;
    for (const found of all) if (yield* visitOne(k, found, page, visit)) done++;
    return done;
  },
);

/** page_vma_mapped_walk: finds the page table, locks it, and where the kernel can tell, looks whether it still is one. */
const visitOne: Procedure<Context, [Found, PagePtr, Visit], boolean> = procedure(
  "page_vma_mapped_walk",
  function* (k, found: Found, page: PagePtr, visit: Visit) {
    const { mm, start } = found;
    const rcu = k.knobs.pteOffsetMap === "rcu";
    if (!(yield* pteOffsetMap(mm, start, rcu))) return false;
    yield* pteLockFound(mm, start);
    const done = (!rcu || (yield* pmdSame())) && (yield* act(k, found, page, visit));
    yield* pteUnmapUnlockFound(mm, start);
    return done;
  },
);

const act: Procedure<Context, [Found, PagePtr, Visit], boolean> = procedure(
  "rmap_one",
  function* (_k, found: Found, page: PagePtr, visit: Visit) {
    const { vma, gen, mm, start } = found;
    switch (visit.does) {
      case "migrate":
        return yield* tryToMigrateOne({ vma, gen }, start, page);
      case "look":
        return yield* folioReferencedOne(mm, start);
      case "remove-migration": {
        const entry = yield* migrationEntry({ vma, gen }, start, visit.from);
        if (entry === null) return false;
        // pte_mkwrite looks at vm_flags (for shadow stacks), which whoever holds mmap_lock may be writing.
        if (entry.write) yield* plainAccessBegin({ vma, gen }, "vm_flags", "read", "pte_mkwrite");
        yield* removeMigrationPte({ vma, gen }, start, visit.from, page);
        if (entry.write) yield* plainAccessEnd({ vma, gen }, "vm_flags");
        return true;
      }
    }
  },
);
