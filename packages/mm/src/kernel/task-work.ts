import { exitToUserModeLoop } from "../events/work-steps.ts";
import type { Context } from "./context.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

/** The way back to user mode: all task work is done first. kernel/entry/common.c; kernel/task_work.c, task_work_run() */
export const exitToUserMode: Procedure<Context, [], null> = procedure("exit_to_user_mode", function* (k) {
  return yield* loop(null, function* () {
    const work = yield* exitToUserModeLoop();
    if (work === null) return done();
    const release = k.vmOps.get(work.ops)?.release;
    if (release !== undefined) yield* release(k, work.file, work.owner);
    return again(null);
  });
});
