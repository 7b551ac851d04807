import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { userfaultfdEventQueue, userfaultfdEventWait, userfaultfdPrep } from "../events/uffd-event-steps.ts";
import type { UffdEventKind } from "../objects/uffd.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** userfaultfd_event_wait_completion: tells the monitor, and waits until it has read that. fs/userfaultfd.c */
export const userfaultfdEvent: Procedure<Context, [number, UffdEventKind, number, number], null> = procedure(
  "userfaultfd_event_complete",
  function* (_k, ctx: number, event: UffdEventKind, start: number, end: number) {
    yield* userfaultfdEventQueue(ctx, event, start, end);
    return yield* userfaultfdEventWait(ctx);
  },
);

/**
 * userfaultfd_remove: pages of the range are about to be thrown away. Whether mmap_read_lock is still held: it is not,
 * and the VMA may be gone, when a monitor had to hear of it first. fs/userfaultfd.c
 */
export const userfaultfdRemove: Procedure<Context, [number, VmaPtr, number, number], boolean> = procedure(
  "userfaultfd_remove",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const ctx = yield* userfaultfdPrep(vma, "remove");
    if (ctx === null) return true;
    yield* mmapReadUnlock(mm);
    yield* userfaultfdEvent(k, ctx, "remove", start, end);
    return false;
  },
);
