import type { Steps } from "../events/step.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { mlock } from "../kernel/mlock.ts";
import { mmPopulate } from "../kernel/populate.ts";
import { offsetInPage, pageAlign64, TASK_END, wrap } from "./registers.ts";

/**
 * mlock(2) and munlock(2): 0 or an errno. The range is widened to whole pages; what is locked is faulted in, and a page
 * that cannot be is -ENOMEM. mm/mlock.c, do_mlock(), __mlock_posix_error_return()
 */
export function* sysMlock(k: Context, mm: number, address: bigint, length: bigint, lock: boolean): Steps<number> {
  const size = pageAlign64(wrap(length + offsetInPage(address)));
  const start = address - offsetInPage(address);
  const end = wrap(start + size);
  if (end < start) return yield* mlock(k, mm, -1, 0, lock);
  const from = start > TASK_END ? TASK_SIZE : Number(start);
  const to = end === start ? from : end > TASK_END ? TASK_SIZE + 4096 : Number(end);
  const error = yield* mlock(k, mm, from, to - from, lock);
  if (error !== 0 || !lock) return error;
  const failed = yield* mmPopulate(k, mm, from, to, false);
  return failed === ERRNO.EFAULT ? ERRNO.ENOMEM : failed === ERRNO.ENOMEM ? ERRNO.EAGAIN : failed;
}
