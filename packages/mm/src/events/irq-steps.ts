import { countTasks, noteAcquired, noteReleased } from "../objects/task.ts";
import { IRQS, irqsOff } from "../objects/wait.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";

/** local_irq_disable: this CPU answers no interrupt, and nobody who waits for its answer goes on. */
export const localIrqDisable: Step<[], null> = step("local_irq_disable", (tx) => {
  if (tx.read(irqsOff.of(tx.task))) return;
  tx.write(irqsOff.of(tx.task), true);
  noteAcquired(tx, tx.task, { lock: IRQS, class: IRQS, mode: "spin" });
});

export const localIrqEnable: Step<[], null> = step("local_irq_enable", (tx) => {
  if (!noteReleased(tx, tx.task, IRQS)) {
    tx.violate(LOCK_HELD, IRQS, "local_irq_enable with interrupts on");
    return;
  }
  tx.write(irqsOff.of(tx.task), false);
});

/**
 * smp_call_function with wait: returns when every other CPU has answered, which one with interrupts off does not. What
 * ran with interrupts off before is over then (gup-fast against freed page tables). Not with interrupts off oneself:
 * two such wait for each other. kernel/smp.c
 */
export const smpCallFunction: Step<[], null> = step("smp_call_function", (tx) => {
  beforeSleep(tx, IRQS);
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) if (task !== tx.task && tx.read(irqsOff.of(task))) return BLOCKED;
  return undefined;
});

export const irqSteps: readonly AnyStep[] = [localIrqDisable, localIrqEnable, smpCallFunction];
