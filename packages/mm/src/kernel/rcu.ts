import { synchronizeRcuBegin, synchronizeRcuWait } from "../events/rcu-steps.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** synchronize_rcu: waits for a grace period. kernel/rcu/tree.c */
export const synchronizeRcu: Procedure<Context, [], null> = procedure("synchronize_rcu", function* () {
  yield* synchronizeRcuBegin();
  yield* synchronizeRcuWait();
  return null;
});
