import { task, taskCount } from "../objects/task.ts";
import { type AnyStep, type Step, step } from "./step.ts";

/**
 * wake_up_new_task: one more task, which runs in this address space (null for a kernel thread). Its number. Scenarios
 * put their threads into the initial state instead; a kernel trace meets its tasks one by one. kernel/fork.c
 */
export const taskNewtask: Step<[string, number | null], number> = step("task_newtask", (tx, name, mm) => {
  const id = tx.read(taskCount);
  tx.write(taskCount, id + 1);
  tx.write(task.of(id), { name, mm });
  return id;
});

export const taskSteps: readonly AnyStep[] = [taskNewtask];
