import { mmapWriteDowngrade } from "../events/mmap-lock-steps.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "./context.ts";
import { detach, downgrades, unmapDetached } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * The tail of a VMA that shrinks where it is goes as munmap does it, under the read lock where that may be: "downgraded"
 * then. 0 where nothing was to do that, or an errno. mm/mremap.c, shrink_vma(); mm/vma.c, do_vmi_align_munmap()
 */
export const shrinkVma: Procedure<Context, [number, number, number], number | "downgraded"> = procedure(
  "shrink_vma",
  function* (k, mm: number, start: number, end: number) {
    if (end > TASK_SIZE) return ERRNO.EINVAL;
    const gone = yield* detach(k, mm, start, end);
    if (typeof gone === "number") return gone;
    const downgrade = gone.length > 0 && (yield* downgrades(k, mm, end));
    if (downgrade) yield* mmapWriteDowngrade(mm);
    yield* unmapDetached(k, mm, start, end, gone);
    return downgrade ? "downgraded" : 0;
  },
);
