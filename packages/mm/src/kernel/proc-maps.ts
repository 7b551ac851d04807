import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaNext } from "../events/tree-steps.ts";
import { vmaArea } from "../events/vma-steps.ts";
import type { Context } from "./context.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

/**
 * A reader of /proc/pid/maps: goes from VMA to VMA with an iterator that it keeps, under mmap_read_lock. Returns how
 * many it saw. fs/proc/task_mmu.c, m_start(), m_next(), m_stop()
 */
export const procPidMaps: Procedure<Context, [number], number> = procedure("proc_pid_maps", function* (k, mm: number) {
  yield* mmapReadLock(k, mm);
  const seen = yield* loop(0, function* (count: number) {
    const vma = yield* vmaNext(mm, k.knobs.vmaTree);
    if (vma === null) return done(count);
    yield* vmaArea(vma);
    return again(count + 1);
  });
  yield* mmapReadUnlock(mm);
  return seen;
});
