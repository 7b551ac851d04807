import { type AnyStep, type Step, step } from "../events/step.ts";
import { component, type Kind } from "../store/component.ts";

/** How many VMAs of the allocator there are, by its open and close callbacks. */
export const binderVmas: Kind<number> = component("binder:#/vmas", 0);

/** One more VMA: mapped, split off, moved to, or inherited. */
export const countedVmaOpen: Step<[number], null> = step("counted_vma_open", (tx, alloc) => {
  tx.update(binderVmas.of(alloc), (count) => count + 1);
});

/** One VMA less: whether it was the last. */
export const countedVmaClose: Step<[number], boolean> = step("counted_vma_close", (tx, alloc) => {
  const count = tx.read(binderVmas.of(alloc)) - 1;
  tx.write(binderVmas.of(alloc), count);
  return count <= 0;
});

export const countedBinderSteps: readonly AnyStep[] = [countedVmaOpen, countedVmaClose];
