import { component, type Kind } from "../store/component.ts";

/**
 * vma->vm_userfaultfd_ctx with VM_UFFD_MISSING or VM_UFFD_WP. It belongs to one generation of the VMA: whoever finds
 * another there finds none.
 */
export const vmaUffd: Kind<Uffd | null> = component<Uffd | null>("vma:#/uffd", null);
export type Uffd = {
  readonly gen: number;
  /** Number of the userfaultfd_ctx. */
  readonly ctx: number;
  readonly mode: UffdMode;
};

/** `missing`: faults on what is not mapped wait for a monitor. `wp-async`: write protection only, resolved in place. */
export type UffdMode = "missing" | "wp" | "wp-async";

/** What a context was made for (UFFDIO_API): the events that its monitor wants to hear of. */
export const uffdFeatures: Kind<readonly UffdEventKind[]> = component<readonly UffdEventKind[]>("uffd:#/features", []);
export type UffdEventKind = "fork" | "remap" | "remove" | "unmap";

/** userfaultfd_ctx->event_wqh: what the monitor has not read yet, and the tasks that wait until it has, in order. */
export const uffdEvents: Kind<readonly UffdEvent[]> = component<readonly UffdEvent[]>("uffd:#/events", [], {
  value: (events, rename) => events.map((event, place) => ({ ...event, by: rename(event.by, place) })),
});
export type UffdEvent = {
  readonly event: UffdEventKind;
  readonly by: number;
  /** What it is about, in bytes: the range; for `fork` the child's mm; for `remap` where from and where to. */
  readonly start: number;
  readonly end: number;
};

/** userfaultfd_ctx->mmap_changing: how many have begun what an event will tell of, and are not heard yet. */
export const uffdChanging: Kind<number> = component("uffd:#/mmap_changing", 0);
