import { fdget } from "../events/open-file-steps.ts";
import type { Steps } from "../events/step.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { truncateSetsize } from "../kernel/truncate.ts";

/** ftruncate(2): 0 or an errno. `file`: the struct file of the descriptor, null where it is not open. fs/open.c */
export function* sysFtruncate(k: Context, file: number | null, length: bigint): Steps<number> {
  if (BigInt.asIntN(64, length) < 0n) return ERRNO.EINVAL;
  if (file === null) return ERRNO.EBADF;
  const { inode, mode, size, maxPages } = yield* fdget(file);
  if (!mode.includes("w")) return ERRNO.EINVAL;
  if (length >> 12n > BigInt(maxPages)) return ERRNO.EFBIG;
  // Sizes beyond 2^53 are not exact as numbers, and need not be: no page of such a file is ever touched.
  yield* truncateSetsize(k, inode, size ?? 0, Math.min(Number(length), Number.MAX_SAFE_INTEGER));
  return 0;
}
