import type { Kind, Ref } from "../store/component.ts";
import type { Value } from "../store/value.ts";
import { mmRefs, mmUsers } from "./mm.ts";
import { pageSlot } from "./page.ts";
import { type Held, heldBy } from "./task.ts";
import { vmaRef } from "./vma-lock.ts";
import { refHolder } from "./word.ts";

/** A lock or a reference that a task holds. */
export interface Holding {
  readonly kind: "lock" | "reference";
  /** What is held: `mm:0/mmap_lock`, `mm:0`. */
  readonly object: string;
  /** The class of the lock, or what is counted: `mmap_lock`, `mm_users`. */
  readonly class: string;
  /** How a lock is held; empty for a reference. */
  readonly mode: Held["mode"] | "";
}

/** What a write of a component says that its task has got and let go of. */
export interface HoldingChange {
  readonly taken: readonly Holding[];
  readonly dropped: readonly Holding[];
}

type Reading = (ref: Ref, value: Value, task: number) => readonly Holding[];

/** How each kind of component tells what a task holds. A task's own locks are all in one list. */
const READINGS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  [
    heldBy.template,
    ({ ids }, value, task) =>
      ids[0] === task
        ? (value as readonly Held[]).map(({ lock, class: of, mode }) => ({
            kind: "lock",
            object: lock,
            class: of,
            mode,
          }))
        : [],
  ],
  // A reference on vm_refcnt is the VMA's read lock, or on its way to become it.
  slots(vmaRef, (vma) => ({ kind: "lock", object: `vma:${vma}/lock`, class: "vma_lock", mode: "read" })),
  slots(mmUsers, (mm) => ({ kind: "reference", object: `mm:${mm}`, class: "mm_users", mode: "" })),
  slots(mmRefs, (mm) => ({ kind: "reference", object: `mm:${mm}`, class: "mm_count", mode: "" })),
  slots(refHolder, (name) => ({ kind: "reference", object: `ref:${name}`, class: String(name), mode: "" })),
  [
    pageSlot.template,
    ({ key }, value, task) => {
      const { refs } = value as { readonly refs: Readonly<Record<string, number>> };
      return times({ kind: "reference", object: key, class: "page", mode: "" }, refs[`task${task}`] ?? 0);
    },
  ],
]);

/** A counter with one slot per holder. */
function slots(kind: Kind<number>, holding: (id: number | string) => Holding): readonly [string, Reading] {
  return [kind.template, ({ ids }, value, task) => (ids[1] === task ? times(holding(ids[0]!), value as number) : [])];
}

function times(holding: Holding, count: number): Holding[] {
  return Array.from({ length: Math.max(0, count) }, () => holding);
}

/**
 * What this task has got or let go of, by one write. A reference on a page that goes to another holder is not let go of:
 * somebody owns it still.
 */
export function holdingChange(ref: Ref, before: Value, after: Value, task: number): HoldingChange {
  const reading = READINGS.get(ref.kind.template);
  if (reading === undefined) return { taken: [], dropped: [] };
  const [had, has] = [reading(ref, before, task), reading(ref, after, task)];
  const handedOver = ref.kind.template === pageSlot.template && total(before) === total(after);
  return { taken: without(has, had), dropped: handedOver ? [] : without(had, has) };
}

function total(page: Value): number {
  return Object.values((page as { readonly refs: Readonly<Record<string, number>> }).refs).reduce((a, b) => a + b, 0);
}

/** The holdings of one list that the other lacks, each as often as it lacks it. */
function without(list: readonly Holding[], other: readonly Holding[]): Holding[] {
  const rest = other.map(nameOf);
  return list.filter((one) => {
    const at = rest.indexOf(nameOf(one));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function nameOf({ object, class: of, mode }: Holding): string {
  return `${object} ${of} ${mode}`;
}
