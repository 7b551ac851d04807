import { component, type Kind, type Ref } from "../store/component.ts";

/** How deep a task is inside rcu_read_lock, one slot per task: readers commute. */
export const rcuReader: Kind<number> = component("rcu/reader:#", 0, { ids: [0] });

/** The callback of synchronize_rcu, whose argument is the task that waits for it. */
export const RCU_WAKE = "wakeme_after_rcu";

/** What call_rcu has queued, oldest first. A callback runs as the last reader it waits for leaves. */
export const rcuQueue: Ref<readonly RcuCallback[]> = component<readonly RcuCallback[]>("rcu/callbacks", [], {
  value: (callbacks, rename) =>
    callbacks.map(({ kind, arg, waits }, at) => ({
      kind,
      arg: kind === RCU_WAKE ? rename(arg, 2 * at) : arg,
      waits: waits.map((task) => rename(task, 2 * at + 1)).sort((a, b) => a - b),
    })),
}).of();
export type RcuCallback = {
  /** Which function, as {@link rcuCallback} declared it. */
  readonly kind: string;
  /** Its rcu_head's object. */
  readonly arg: number;
  /** The readers that were inside when it was queued and still are. */
  readonly waits: readonly number[];
};
