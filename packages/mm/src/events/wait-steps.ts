import { completion, fatalSignal, waitQueue } from "../objects/wait.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";

/** complete: lets one waiter go. kernel/sched/completion.c */
export const complete: Step<[string], null> = step("complete", (tx, name) => {
  tx.update(completion.of(name), (done) => (done === "all" ? done : done + 1));
});

/** complete_all: lets every waiter go, from now on. */
export const completeAll: Step<[string], null> = step("complete_all", (tx, name) => {
  tx.write(completion.of(name), "all");
});

/** wait_for_completion: sleeps until somebody completes. */
export const waitForCompletion: Step<[string], null> = step("wait_for_completion", (tx, name) => {
  beforeSleep(tx, `completion:${name}`);
  const done = tx.read(completion.of(name));
  if (done === 0) return BLOCKED;
  if (done !== "all") tx.write(completion.of(name), done - 1);
  return undefined;
});

/** try_wait_for_completion: whether somebody had completed. */
export const tryWaitForCompletion: Step<[string], boolean> = step("try_wait_for_completion", (tx, name) => {
  const done = tx.read(completion.of(name));
  if (done !== "all" && done > 0) tx.write(completion.of(name), done - 1);
  return done !== 0;
});

/** prepare_to_wait: the task is on the queue, and from here on no wake-up is lost. kernel/sched/wait.c */
export const prepareToWait: Step<[string], null> = step("prepare_to_wait", (tx, name) => {
  const queue = tx.read(waitQueue.of(name));
  if (!queue.includes(tx.task)) tx.write(waitQueue.of(name), [...queue, tx.task]);
});

/** finish_wait: the task is on the queue no more. */
export const finishWait: Step<[string], null> = step("finish_wait", (tx, name) => {
  const queue = tx.read(waitQueue.of(name));
  if (!queue.includes(tx.task)) return;
  tx.write(
    waitQueue.of(name),
    queue.filter((task) => task !== tx.task),
  );
});

/** schedule: sleeps until a wake-up has taken the task off the queue. */
export const schedule: Step<[string], null> = step("schedule", (tx, name) => {
  beforeSleep(tx, `wait_queue:${name}`);
  return tx.read(waitQueue.of(name)).includes(tx.task) ? BLOCKED : undefined;
});

/** The same, where a fatal signal wakes as well: whether it was the wake-up. */
export const scheduleKillable: Step<[string], boolean> = step("schedule_killable", (tx, name) => {
  beforeSleep(tx, `wait_queue:${name}`);
  if (!tx.read(waitQueue.of(name)).includes(tx.task)) return true;
  return tx.read(fatalSignal.of(tx.task)) ? false : BLOCKED;
});

/** wake_up: wakes whoever waits longest. */
export const wakeUp: Step<[string], null> = step("wake_up", (tx, name) => {
  const queue = tx.read(waitQueue.of(name));
  if (queue.length > 0) tx.write(waitQueue.of(name), queue.slice(1));
});

/** wake_up_all. */
export const wakeUpAll: Step<[string], null> = step("wake_up_all", (tx, name) => {
  if (tx.read(waitQueue.of(name)).length > 0) tx.write(waitQueue.of(name), []);
});

/** A fatal signal is sent to a task. */
export const sendSigKill: Step<[number], null> = step("send_sig_kill", (tx, task) => {
  tx.write(fatalSignal.of(task), true);
});

/** fatal_signal_pending(current). */
export const fatalSignalPending: Step<[], boolean> = step("fatal_signal_pending", (tx) =>
  tx.read(fatalSignal.of(tx.task)),
);

export const waitSteps: readonly AnyStep[] = [
  complete,
  completeAll,
  waitForCompletion,
  tryWaitForCompletion,
  prepareToWait,
  finishWait,
  schedule,
  scheduleKillable,
  wakeUp,
  wakeUpAll,
  sendSigKill,
  fatalSignalPending,
];
