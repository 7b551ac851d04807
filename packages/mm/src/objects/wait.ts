import { component, type Kind } from "../store/component.ts";
import { TASK_LIST } from "../store/task-names.ts";

/** struct completion: how many waiters it still lets go; `all` after complete_all, for good. */
export const completion: Kind<number | "all"> = component<number | "all">("completion:#", 0);

/** A wait queue: the tasks that wait on it, in the order in which they came. */
export const waitQueue: Kind<readonly number[]> = component<readonly number[]>("wait_queue:#", [], TASK_LIST);

/** Whether a fatal signal waits for the task. */
export const fatalSignal: Kind<boolean> = component("task:#/fatal_signal", false, { ids: [0] });

/** What a task is said to hold while its interrupts are off: nothing that sleeps may happen under it. */
export const IRQS = "irqs";

/** Whether the task's CPU takes no interrupts. */
export const irqsOff: Kind<boolean> = component("task:#/irqs_off", false, { ids: [0] });

/** Whether the task is inside a system call whose way back to user mode the scenario writes out. */
export const inSyscall: Kind<boolean> = component("task:#/in_syscall", false, { ids: [0] });

/** task_work: what the task must do before it is back in user mode, oldest first. */
export const taskWorks: Kind<readonly TaskWork[]> = component<readonly TaskWork[]>("task:#/task_works", [], {
  ids: [0],
});
export type TaskWork = {
  readonly work: "____fput";
  readonly file: number;
  readonly ops: string;
  readonly owner: string;
};

/** A work item by its name: not queued, waiting for a worker, or being run by one. */
export const workItem: Kind<"idle" | "pending" | "running"> = component<"idle" | "pending" | "running">(
  "work:#",
  "idle",
);
