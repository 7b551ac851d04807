import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import type { Steps } from "../events/step.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { mmapWriteLockKillable } from "../kernel/mmap-lock.ts";
import { munmap } from "../kernel/munmap.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { offsetInPage, pageAlign64, TASK_END } from "./registers.ts";

/** munmap(2): 0 or an errno. mm/vma.c, __vm_munmap(), do_vmi_munmap() */
export function* sysMunmap(k: Context, mm: number, address: bigint, length: bigint): Steps<number> {
  const outside = offsetInPage(address) !== 0n || address > TASK_END || length > TASK_END - address;
  const size = outside ? 0n : pageAlign64(length);
  return size === 0n ? yield* refuse(k, mm) : yield* munmap(k, mm, Number(address), Number(size));
}

/** What cannot be unmapped is found out under the lock. */
const refuse: Procedure<Context, [number], number> = procedure("__vm_munmap", function* (k, mm: number) {
  if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
  yield* mmapWriteUnlock(mm);
  return ERRNO.EINVAL;
});
