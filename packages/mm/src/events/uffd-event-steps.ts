import {
  type UffdEvent,
  uffdChanging,
  type UffdEventKind,
  uffdEvents,
  uffdFeatures,
  vmaUffd,
} from "../objects/uffd.ts";
import { vmaFlags, type VmaPtr } from "../objects/vma.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import { checkUffdType, uffdOf, VM_UFFD } from "./uffd-rules.ts";
import { accessVma } from "./vma-access.ts";

/** UFFDIO_API: which events the monitor of this context reads. fs/userfaultfd.c */
export const userfaultfdApi: Step<[number, readonly UffdEventKind[]], null> = step(
  "userfaultfd_api",
  (tx, ctx, features) => {
    tx.write(uffdFeatures.of(ctx), features);
  },
);

/**
 * The first half of userfaultfd_remove, userfaultfd_unmap_prep, mremap_userfaultfd_prep and dup_userfaultfd: the context
 * whose monitor must hear of this, or null. From here on UFFDIO_COPY is refused (mmap_changing).
 */
export const userfaultfdPrep: Step<[VmaPtr, UffdEventKind], number | null> = step(
  "userfaultfd_prep",
  (tx, ptr, event) => {
    if (accessVma(tx, ptr) === undefined) return null;
    const ctx = uffdOf(tx, ptr)?.ctx;
    if (ctx === undefined || !tx.read(uffdFeatures.of(ctx)).includes(event)) return null;
    tx.update(uffdChanging.of(ctx), (count) => count + 1);
    return ctx;
  },
);

/**
 * dup_userfaultfd, mremap_userfaultfd_prep: the copy of a VMA goes to a context as well, where the monitor hears of such
 * copies: `ctx`, the same or the child's, which then is like the first. fs/userfaultfd.c
 */
export const userfaultfdKeep: Step<[VmaPtr, VmaPtr, "fork" | "remap", number], null> = step(
  "userfaultfd_keep",
  (tx, to, from, event, ctx) => {
    const [copy, original] = [accessVma(tx, to), accessVma(tx, from)];
    const uffd = copy === undefined || original === undefined ? null : uffdOf(tx, from);
    const features = uffd === null ? [] : tx.read(uffdFeatures.of(uffd.ctx));
    if (copy === undefined || uffd === null || !features.includes(event)) return;
    if (ctx !== uffd.ctx) tx.write(uffdFeatures.of(ctx), features);
    tx.write(vmaUffd.of(to.vma), { gen: to.gen, ctx, mode: uffd.mode });
    const flags = tx.read(vmaFlags.of(to.vma)) | (tx.read(vmaFlags.of(from.vma)) & VM_UFFD);
    tx.write(vmaFlags.of(to.vma), flags);
    checkUffdType(tx, copy, to, flags);
  },
);

/** The first half of userfaultfd_event_wait_completion: the event is in the queue. `start` and `end` as in it. */
export const userfaultfdEventQueue: Step<[number, UffdEventKind, number, number], null> = step(
  "userfaultfd_event_queue",
  (tx, ctx, event, start, end) => {
    tx.update(uffdEvents.of(ctx), (events) => [...events, { event, by: tx.task, start, end }]);
  },
);

/** The second half: sleeps until the monitor has read the event. */
export const userfaultfdEventWait: Step<[number], null> = step("userfaultfd_event_wait_completion", (tx, ctx) => {
  beforeSleep(tx, `uffd:${ctx}`);
  if (tx.read(uffdEvents.of(ctx)).some(({ by }) => by === tx.task)) return BLOCKED;
  tx.update(uffdChanging.of(ctx), (count) => Math.max(0, count - 1));
  return null;
});

/** userfaultfd_event_complete without an event: what was prepared did not come about. */
export const userfaultfdCancel: Step<[number], null> = step("userfaultfd_event_cancel", (tx, ctx) => {
  tx.update(uffdChanging.of(ctx), (count) => Math.max(0, count - 1));
});

/** userfaultfd_ctx_read: the monitor takes the oldest event, waiting for one; whoever reported it goes on. */
export const userfaultfdCtxRead: Step<[number], UffdEvent> = step("userfaultfd_ctx_read", (tx, ctx) => {
  const [event, ...rest] = tx.read(uffdEvents.of(ctx));
  if (event === undefined) return BLOCKED;
  tx.write(uffdEvents.of(ctx), rest);
  return event;
});

/** ctx->mmap_changing, as UFFDIO_COPY reads it. mm/userfaultfd.c */
export const mmapChanging: Step<[VmaPtr], boolean> = step("mmap_changing", (tx, ptr) => {
  if (accessVma(tx, ptr) === undefined) return false;
  const ctx = uffdOf(tx, ptr)?.ctx;
  return ctx !== undefined && tx.read(uffdChanging.of(ctx)) > 0;
});

export const uffdEventSteps: readonly AnyStep[] = [
  userfaultfdApi,
  userfaultfdPrep,
  userfaultfdKeep,
  userfaultfdEventQueue,
  userfaultfdEventWait,
  userfaultfdCancel,
  userfaultfdCtxRead,
  mmapChanging,
];
