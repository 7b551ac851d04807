import { RCU_WAKE, rcuQueue } from "../objects/rcu.ts";
import { beforeSleep } from "./lock-rules.ts";
import { callRcu, enterRcu, leaveRcu } from "./rcu.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";

/** rcu_read_lock: nests. include/linux/rcupdate.h */
export const rcuReadLock: Step<[], null> = step("rcu_read_lock", (tx) => {
  enterRcu(tx);
});

export const rcuReadUnlock: Step<[], null> = step("rcu_read_unlock", (tx) => {
  leaveRcu(tx);
});

/** The head of synchronize_rcu: notes who is inside. {@link synchronizeRcuWait} is next. kernel/rcu/tree.c */
export const synchronizeRcuBegin: Step<[], null> = step("synchronize_rcu", (tx) => {
  beforeSleep(tx, "rcu");
  callRcu(tx, RCU_WAKE, tx.task);
});

/** Waits until everybody has left who was inside. */
export const synchronizeRcuWait: Step<[], null> = step("wait_rcu_gp", (tx) =>
  tx.read(rcuQueue).some(({ kind, arg }) => kind === RCU_WAKE && arg === tx.task) ? BLOCKED : undefined,
);

export const rcuSteps: readonly AnyStep[] = [rcuReadLock, rcuReadUnlock, synchronizeRcuBegin, synchronizeRcuWait];
