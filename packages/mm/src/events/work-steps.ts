import { inSyscall, taskWorks, type TaskWork, workItem } from "../objects/wait.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";

/** queue_work: false when the item waits for a worker already. kernel/workqueue.c */
export const queueWork: Step<[string], boolean> = step("queue_work", (tx, name) => {
  if (tx.read(workItem.of(name)) === "pending") return false;
  tx.write(workItem.of(name), "pending");
  return true;
});

/** A worker takes this item, waiting until it is queued. Its code follows, then {@link workDone}. */
export const takeWork: Step<[string], null> = step("worker_take_work", (tx, name) => {
  if (tx.read(workItem.of(name)) !== "pending") return BLOCKED;
  tx.write(workItem.of(name), "running");
  return undefined;
});

/** The item's function returns. It may have been queued again meanwhile. */
export const workDone: Step<[string], null> = step("worker_work_done", (tx, name) => {
  if (tx.read(workItem.of(name)) === "running") tx.write(workItem.of(name), "idle");
});

/** flush_work: waits until the item is neither queued nor running. */
export const flushWork: Step<[string], null> = step("flush_work", (tx, name) => {
  beforeSleep(tx, `work:${name}`);
  return tx.read(workItem.of(name)) === "idle" ? undefined : BLOCKED;
});

/** The syscall entry: from here on task work waits for {@link exitToUserModeLoop}. kernel/entry/common.c */
export const enterFromUserMode: Step<[], null> = step("enter_from_user_mode", (tx) => {
  tx.write(inSyscall.of(tx.task), true);
});

/**
 * task_work_add: the work is done before this task is back in user mode. False where that way back is not written out,
 * or where a kernel thread has none: the caller does the work itself. kernel/task_work.c
 */
export const taskWorkAdd: Step<[TaskWork], boolean> = step("task_work_add", (tx, work) => {
  if (!tx.read(inSyscall.of(tx.task))) return false;
  tx.update(taskWorks.of(tx.task), (works) => [...works, work]);
  return true;
});

/** The oldest task work, to be done now; null when there is none, and the task is in user mode. */
export const exitToUserModeLoop: Step<[], TaskWork | null> = step("exit_to_user_mode_loop", (tx) => {
  const [first, ...rest] = tx.read(taskWorks.of(tx.task));
  if (first === undefined) {
    tx.write(inSyscall.of(tx.task), false);
    return null;
  }
  tx.write(taskWorks.of(tx.task), rest);
  return first;
});

export const workSteps: readonly AnyStep[] = [
  queueWork,
  takeWork,
  workDone,
  flushWork,
  enterFromUserMode,
  taskWorkAdd,
  exitToUserModeLoop,
];
