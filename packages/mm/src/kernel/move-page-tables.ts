import { spinLock, spinUnlock } from "../events/lock-steps.ts";
import { moveNormalPmd, movePtes } from "../events/mremap-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import { pmdLockName } from "../events/retract-steps.ts";
import { flushTlbRange } from "../events/tlb-steps.ts";
import { TABLE_SPAN } from "../objects/address.ts";
import type { Context } from "./context.ts";
import { tryPteAlloc } from "./failure.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { type Rmap, vmaComplete, vmaPrepare } from "./vma-split.ts";

/**
 * move_page_tables: what is mapped in `length` bytes from `from` is mapped from `to` on. How many bytes were moved: fewer
 * when memory for page tables has run out. Entries go under both page-table locks, and TLBs lose the old translations
 * before the locks are let go of. `needRmapLocks`: walks by rmap may meet the new place first. mm/mremap.c
 */
export const movePageTables: Procedure<Context, [number, number, number, number, Rmap | null, boolean], number> =
  procedure(
    "move_page_tables",
    function* (k, mm: number, from: number, to: number, length: number, rmap: Rmap | null, needRmapLocks: boolean) {
      const hidden = needRmapLocks ? rmap : null;
      for (const part of yield* tablesInRange(mm, from, from + length)) {
        const target = to + (part.start - from);
        const whole = part.end - part.start === TABLE_SPAN && target % TABLE_SPAN === 0;
        if (
          whole &&
          k.knobs.mremapMoves === "pmd" &&
          (yield* movePmd(k, mm, part.start, target, k.knobs.mremapRmapLock ? rmap : hidden))
        )
          continue;
        // One table's entries may have to go to two.
        for (let at = part.start; at < part.end;) {
          const there = to + (at - from);
          const room = TABLE_SPAN - (there % TABLE_SPAN);
          const size = Math.min(part.end - at, room);
          if (!(yield* moveOneTable(k, mm, at, there, size, hidden))) return at - from;
          at += size;
        }
      }
      return length;
    },
  );

/**
 * move_pgt_entry of a page table, and the flush: from the old place no TLB may know what a walk finds at the new one.
 * Whether there was one to move, and room. mm/mremap.c, move_normal_pmd()
 */
const movePmd: Procedure<Context, [number, number, number, Rmap | null], boolean> = procedure(
  "move_pgt_entry",
  function* (k, mm: number, from: number, to: number, hidden: Rmap | null) {
    if (hidden !== null) yield* vmaPrepare(k, hidden);
    yield* spinLock(pmdLockName(mm));
    const moved = yield* moveNormalPmd(mm, from, to, k.knobs.mremapRecheck);
    if (moved) yield* flushTlbRange(mm, from, from + TABLE_SPAN);
    yield* spinUnlock(pmdLockName(mm));
    if (hidden !== null) yield* vmaComplete(k, hidden);
    return moved;
  },
);

/** move_ptes: the entries of one table, hidden from rmap while they go. False where there is no table to move to. */
const moveOneTable: Procedure<Context, [number, number, number, number, Rmap | null], boolean> = procedure(
  "move_ptes",
  function* (k, mm: number, from: number, to: number, length: number, hidden: Rmap | null) {
    if (!(yield* tryPteAlloc(k, mm, to))) return false;
    if (hidden !== null) yield* vmaPrepare(k, hidden);
    yield* moveLocked(k, mm, from, to, length);
    if (hidden !== null) yield* vmaComplete(k, hidden);
    return true;
  },
);

const moveLocked: Procedure<Context, [number, number, number, number], null> = procedure(
  "move_ptes_locked",
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
