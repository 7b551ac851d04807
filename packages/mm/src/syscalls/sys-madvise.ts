import type { Steps } from "../events/step.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { madviseFree } from "../kernel/lazyfree.ts";
import { madviseGuard } from "../kernel/madvise-guard.ts";
import { madvisePages } from "../kernel/madvise-pages.ts";
import { madvisePopulate } from "../kernel/madvise-populate.ts";
import { type FlagAdvice, madviseDontneed, madviseDontneedLocked, madviseFlags } from "../kernel/madvise.ts";
import { offsetInPage, pageAlign64, TASK_END, wrap } from "./registers.ts";

type Advise = (k: Context, mm: number, start: number, length: number) => Steps<number>;

const flags =
  (advice: FlagAdvice): Advise =>
  (k, mm, start, length) =>
    madviseFlags(k, mm, start, length, advice);

/** MADV_* by number. include/uapi/asm-generic/mman-common.h */
const ADVICE: ReadonlyMap<number, Advise> = new Map<number, Advise>([
  [0, flags("NORMAL")],
  [1, flags("RANDOM")],
  [2, flags("SEQUENTIAL")],
  [3, (k, mm, start, length) => madvisePages(k, mm, start, length, "WILLNEED")],
  [4, madviseDontneed],
  [8, madviseFree],
  [9, (k, mm, start, length) => madvisePages(k, mm, start, length, "REMOVE")],
  [10, flags("DONTFORK")],
  [11, flags("DOFORK")],
  [14, flags("HUGEPAGE")],
  [15, flags("NOHUGEPAGE")],
  [16, flags("DONTDUMP")],
  [17, flags("DODUMP")],
  [18, flags("WIPEONFORK")],
  [19, flags("KEEPONFORK")],
  [20, (k, mm, start, length) => madvisePages(k, mm, start, length, "COLD")],
  [21, (k, mm, start, length) => madvisePages(k, mm, start, length, "PAGEOUT")],
  [22, (k, mm, start, length) => madvisePopulate(k, mm, start, length, false)],
  [23, (k, mm, start, length) => madvisePopulate(k, mm, start, length, true)],
  [24, madviseDontneedLocked],
  [25, (k, mm, start, length) => madvisePages(k, mm, start, length, "COLLAPSE")],
  [102, (k, mm, start, length) => madviseGuard(k, mm, start, length, true)],
  [103, (k, mm, start, length) => madviseGuard(k, mm, start, length, false)],
]);

/** madvise(2): 0 or an errno. mm/madvise.c, is_valid_madvise(), do_madvise() */
export function* sysMadvise(k: Context, mm: number, start: bigint, length: bigint, advice: number): Steps<number> {
  const advise = behaviorValid(k, advice);
  if (advise === undefined || offsetInPage(start) !== 0n) return ERRNO.EINVAL;
  const size = pageAlign64(length);
  if (length !== 0n && size === 0n) return ERRNO.EINVAL;
  const end = wrap(start + size);
  if (end < start) return ERRNO.EINVAL;
  if (end === start) return 0;
  const from = start > TASK_END ? TASK_SIZE : Number(start);
  const to = end > TASK_END ? TASK_SIZE + 4096 : Number(end);
  return yield* advise(k, mm, from, to - from);
}

/** madvise_behavior_valid: what this kernel has. */
function behaviorValid(k: Context, advice: number): Advise | undefined {
  if ((advice === 102 || advice === 103) && k.knobs.guardLock === "none") return undefined;
  if (advice >= 20 && advice <= 21 && k.knobs.madviseUpTo === "REMOVE") return undefined;
  if (advice >= 22 && advice <= 25 && k.knobs.madviseUpTo !== "COLLAPSE") return undefined;
  return ADVICE.get(advice);
}
