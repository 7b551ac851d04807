import { downReadFast, downWriteFast, rwsemDownReadSlowpath, rwsemDownWriteSlowpath } from "../events/rwsem-steps.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** down_read of a named rwsem, however long it takes. */
export const downRead: Procedure<Context, [string], null> = procedure("down_read", function* (_k, name: string) {
  if (!(yield* downReadFast(name))) yield* rwsemDownReadSlowpath(name);
  return null;
});

/** down_write of a named rwsem, however long it takes. */
export const downWrite: Procedure<Context, [string], null> = procedure("down_write", function* (_k, name: string) {
  if (!(yield* downWriteFast(name))) yield* rwsemDownWriteSlowpath(name);
  return null;
});
