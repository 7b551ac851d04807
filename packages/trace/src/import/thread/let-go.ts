import { type Held, heldBy, type Value } from "@faultline/mm";
import type { Model } from "../model.ts";

const PREFIXED = /^(lock|rwsem):(.*)$/;
const VMA_LOCK = /^vma:(\d+)\/lock$/;

/**
 * A task leaves a procedure in the middle: it lets go of all that it holds, but for mmap_lock, which has lines of its
 * own. What stayed locked would be so for good, and so would whoever waits for it.
 */
export function letGo(model: Model, task: number): void {
  for (const held of model.table.get(heldBy.of(task)).toReversed()) {
    const vma = VMA_LOCK.exec(held.lock)?.[1];
    if (vma !== undefined) endRead(model, task, Number(vma));
    else {
      const [op, ...args] = unlockOf(held);
      if (op !== undefined) model.run(task, op, args);
    }
  }
}

/** vma_end_read, which wakes a writer that waits. */
function endRead(model: Model, task: number, vma: number): void {
  // The step asks for the slot alone.
  const outcome = model.run(task, "vma_end_read", [{ vma, gen: 0 }]);
  if (outcome.status === "done" && outcome.result !== null) model.run(task, "rcuwait_wake_up", [outcome.result]);
}

/** The step that lets go of a lock, with its arguments; nothing for mmap_lock. */
function unlockOf({ lock, mode }: Held): readonly [op?: string, ...args: Value[]] {
  if (mode === "rcu") return ["rcu_read_unlock"];
  const [, kind, name] = PREFIXED.exec(lock) ?? [];
  if (name === undefined) return lock === "irqs" ? ["local_irq_enable"] : [];
  if (kind === "rwsem") return [mode === "write" ? "up_write" : "up_read", name];
  return [mode === "spin" ? "spin_unlock" : "mutex_unlock", name];
}
