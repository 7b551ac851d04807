import { moveNormalPmd, movePtes } from "../events/mremap-steps.ts";
import { pteAlloc, pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import { flushTlbRange } from "../events/tlb-steps.ts";
import { TABLE_SPAN } from "../objects/address.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import type { Steps } from "../events/step.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import { iMmapLock } from "../objects/file.ts";
import { downWrite } from "./rwsem-lock.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * move_page_tables: what is mapped in `length` bytes from `from` is mapped from `to` on. Entries go under both
 * page-table locks, and TLBs lose the old translations before the locks are let go of. `rmap`: where walks may meet the
 * new place first, so that their locks are taken too (need_rmap_locks). mm/mremap.c
 */
export const movePageTables: Procedure<Context, [number, number, number, number, RmapLocks], null> = procedure(
  "move_page_tables",
  function* (k, mm: number, from: number, to: number, length: number, rmap: RmapLocks) {
    for (const part of yield* tablesInRange(mm, from, from + length)) {
      const target = to + (part.start - from);
      const whole = part.end - part.start === TABLE_SPAN && target % TABLE_SPAN === 0;
      if (whole && k.knobs.mremapMoves === "pmd" && (yield* movePmd(k, mm, part.start, target, rmap))) continue;
      // One table's entries may have to go to two.
      for (let at = part.start; at < part.end;) {
        const there = to + (at - from);
        const room = TABLE_SPAN - (there % TABLE_SPAN);
        const size = Math.min(part.end - at, room);
        yield* moveOneTable(k, mm, at, there, size, rmap);
        at += size;
      }
    }
    return null;
  },
);

/** The inode and the root of the anon_vmas whose walks find both places; null where there is nothing to lock. */
export type RmapLocks = { readonly inode: number | null; readonly root: number | null } | null;

/** take_rmap_locks: i_mmap outside anon_vma. mm/mremap.c */
function* takeRmapLocks(k: Context, rmap: RmapLocks): Steps<null> {
  if (rmap !== null && rmap.inode !== null) yield* downWrite(k, iMmapLock(rmap.inode));
  if (rmap !== null && rmap.root !== null) yield* downWrite(k, anonVmaLock(rmap.root));
  return null;
}

function* dropRmapLocks(rmap: RmapLocks): Steps<null> {
  if (rmap !== null && rmap.root !== null) yield* upWrite(anonVmaLock(rmap.root));
  if (rmap !== null && rmap.inode !== null) yield* upWrite(iMmapLock(rmap.inode));
  return null;
}

const movePmd: Procedure<Context, [number, number, number, RmapLocks], boolean> = procedure(
  "move_normal_pmd",
  function* (k, mm: number, from: number, to: number, rmap: RmapLocks) {
    yield* takeRmapLocks(k, rmap);
    const moved = yield* moveNormalPmd(mm, from, to);
    if (moved) yield* flushTlbRange(mm, from, from + TABLE_SPAN);
    yield* dropRmapLocks(rmap);
    return moved;
  },
);

const moveOneTable: Procedure<Context, [number, number, number, number, RmapLocks], null> = procedure(
  "move_one_table",
  function* (k, mm: number, from: number, to: number, length: number, rmap: RmapLocks) {
    yield* pteAlloc(mm, to);
    yield* takeRmapLocks(k, rmap);
    yield* moveLocked(k, mm, from, to, length);
    return yield* dropRmapLocks(rmap);
  },
);

const moveLocked: Procedure<Context, [number, number, number, number], null> = procedure(
  "move_ptes",
  function* (k, mm: number, from: number, to: number, length: number) {
    const two = Math.floor(from / TABLE_SPAN) !== Math.floor(to / TABLE_SPAN);
    if (!(yield* pteOffsetMapLock(mm, from))) return null; // taken away: nothing was mapped there
    if (two && !(yield* pteOffsetMapLock(mm, to))) return yield* pteUnmapUnlock(mm, from);
    const present = yield* movePtes(mm, from, to, length);
    const early = k.knobs.mremapFlush === "under-ptl";
    if (present && early) yield* flushTlbRange(mm, from, from + length);
    if (two) yield* pteUnmapUnlock(mm, to);
    yield* pteUnmapUnlock(mm, from);
    if (present && !early) yield* flushTlbRange(mm, from, from + length);
    return null;
  },
);
