import { fputTestzero } from "../events/file-steps.ts";
import { taskWorkAdd } from "../events/work-steps.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * fput: drops a reference; the last one calls f_op->release. The kernel leaves that to task work, which runs before the
 * task is back in user mode: where a scenario writes that way back out it happens there, else here. fs/file_table.c
 */
export const fput: Procedure<Context, [number, string], null> = procedure(
  "fput",
  function* (k, file: number, holder: string) {
    const last = yield* fputTestzero(file, holder);
    const release = last === null ? undefined : k.vmOps.get(last.ops)?.release;
    if (last === null || release === undefined) return null;
    if (yield* taskWorkAdd({ work: "____fput", file, ops: last.ops, owner: last.owner })) return null;
    yield* release(k, file, last.owner);
    return null;
  },
);

/** close(2) of the file's only descriptor: its mappings keep it. fs/open.c, filp_close() */
export const filpClose: Procedure<Context, [number], null> = procedure("filp_close", function* (k, file: number) {
  return yield* fput(k, file, "fd");
});
