import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import {
  userfaultfdEventQueue,
  userfaultfdEventWait,
  userfaultfdKeep,
  userfaultfdPrep,
} from "../events/uffd-event-steps.ts";
import { readUffdCtx } from "../events/uffd-steps.ts";
import type { Steps } from "../events/step.ts";
import { vmaArea } from "../events/vma-steps.ts";
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
    const ctx = k.knobs.uffdEvents ? yield* userfaultfdPrep(vma, "remove") : null;
    if (ctx === null) return true;
    yield* mmapReadUnlock(mm);
    yield* userfaultfdEvent(k, ctx, "remove", start, end);
    return false;
  },
);

/** A monitor that must hear, once mmap_lock is let go of, that this range is mapped no more. */
export type Unmapped = { readonly ctx: number; readonly from: number; readonly to: number };

/** userfaultfd_unmap_prep of each VMA that goes. fs/userfaultfd.c */
export const userfaultfdUnmapPrep: Procedure<Context, [readonly VmaPtr[]], readonly Unmapped[]> = procedure(
  "userfaultfd_unmap_prep",
  function* (_k, vmas: readonly VmaPtr[]) {
    const monitors: Unmapped[] = [];
    for (const vma of vmas) {
      const ctx = yield* userfaultfdPrep(vma, "unmap");
      const { start, end } = yield* vmaArea(vma);
      if (ctx !== null) monitors.push({ ctx, from: start, to: end });
    }
    return monitors;
  },
);

/** The copy of a VMA keeps the context, or, in a child, gets one of its own, where the monitor hears of that. */
export function* keepContext(vma: VmaPtr, copy: VmaPtr, event: "fork" | "remap", child: number | null): Steps<null> {
  const ctx = yield* readUffdCtx(vma);
  if (ctx === null) return null;
  return yield* userfaultfdKeep(copy, vma, event, child === null ? ctx : childCtx(ctx, child));
}

/** The number that the context of a child's mm has: the parent's, by mm. */
function childCtx(ctx: number, mm: number): number {
  return ctx + mm * CHILD_CTX;
}
const CHILD_CTX = 1000;
