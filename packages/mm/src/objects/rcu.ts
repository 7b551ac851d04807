import { component, type Kind, type Ref } from "../store/component.ts";

/** How deep a task is inside rcu_read_lock, one slot per task: readers commute. */
export const rcuReader: Kind<number> = component("rcu/reader:#", 0);

/** What call_rcu has queued, oldest first. A callback runs as the last reader it waits for leaves. */
export const rcuQueue: Ref<readonly RcuCallback[]> = component<readonly RcuCallback[]>("rcu/callbacks", []).of();
export type RcuCallback = {
  /** Which function, as {@link rcuCallback} declared it. */
  readonly kind: string;
  /** Its rcu_head's object. */
  readonly arg: number;
  /** The readers that were inside when it was queued and still are. */
  readonly waits: readonly number[];
};
