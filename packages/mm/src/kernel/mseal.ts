import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { vmaSeal } from "../events/seal-steps.ts";
import { pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "./context.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { vmaNext } from "./mprotect.ts";
import { cutOut } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { startWrite } from "./vma-split.ts";

/**
 * mseal(2): the range stays where it is and keeps its rights: 0; -ENOMEM for a gap, with nothing changed; -ENOSYS before
 * 6.10. mm/mseal.c, do_mseal()
 */
export const mseal: Procedure<Context, [number, number, number], number> = procedure(
  "mseal",
  function* (k, mm: number, start: number, length: number) {
    const end = start + pageAlign(length);
    if (!k.knobs.mseal) return ERRNO.ENOSYS;
    if (start % 4096 !== 0 || length < 0 || start < 0 || end > TASK_SIZE) return ERRNO.EINVAL;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const error = (yield* hasGap(k, mm, start, end)) ? ERRNO.ENOMEM : yield* sealAll(k, mm, start, end);
    yield* mmapWriteUnlock(mm);
    return error;
  },
);

/** range_contains_unmapped: whether any of it is not mapped. mm/mseal.c */
const hasGap: Procedure<Context, [number, number, number], boolean> = procedure(
  "range_contains_unmapped",
  function* (_k, mm: number, start: number, end: number) {
    let at = start;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
      const view = yield* vmaView(vma);
      if (view.start > at) return true;
      at = Math.min(end, view.end);
    }
    return at < end;
  },
);

/** mseal_apply: each part of the range becomes a VMA of its own that is sealed. mm/mseal.c */
const sealAll: Procedure<Context, [number, number, number], number> = procedure(
  "mseal_apply",
  function* (k, mm: number, start: number, end: number) {
    let at = start;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
      const view = yield* vmaView(vma);
      const from = at;
      at = Math.min(end, view.end);
      if (view.sealed === true) continue;
      const inside = yield* cutOut(k, vma, from, at);
      if (typeof inside === "number") return inside;
      yield* startWrite(k, inside);
      yield* vmaSeal(inside);
    }
    return 0;
  },
);
