import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { folioMigrateMapping } from "../events/migrate-steps.ts";
import { getPage, putPage } from "../events/page-steps.ts";
import { folioLock, type PagePtr } from "../objects/page.ts";
import type { Context } from "./context.ts";
import { tryAllocPage } from "./failure.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { rmapWalk } from "./rmap-walk.ts";

/**
 * migrate_pages of one page, which the caller keeps alive for the call: every PTE becomes a migration entry, the
 * contents move, every entry becomes a PTE of the copy. The copy, or null when somebody else holds the page, or memory
 * has run out, and it stays. mm/migrate.c, unmap_and_move()
 */
export const migratePages: Procedure<Context, [PagePtr], PagePtr | null> = procedure(
  "migrate_pages",
  function* (k, page: PagePtr) {
    yield* getPage(page); // folio_isolate_lru
    yield* mutexLock(folioLock(page));
    yield* rmapWalk(k, page, { does: "migrate" });
    const copy = yield* tryAllocPage(k);
    const moved = copy !== null && (yield* folioMigrateMapping(page, copy));
    yield* rmapWalk(k, moved ? copy : page, { does: "remove-migration", from: page });
    yield* mutexUnlock(folioLock(page));
    yield* putPage(page);
    if (copy !== null) yield* putPage(copy);
    return moved ? copy : null;
  },
);

/** folio_referenced: reclaim looks at every place that maps the page; how many there are. mm/rmap.c */
export const folioReferenced: Procedure<Context, [PagePtr], number> = procedure(
  "folio_referenced",
  function* (k, page: PagePtr) {
    return yield* rmapWalk(k, page, { does: "look" });
  },
);
