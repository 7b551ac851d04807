import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import type { Steps } from "../events/step.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context } from "../kernel/context.ts";
import { mmapWriteLockKillable } from "../kernel/mmap-lock.ts";
import { protectAll, vmaNext } from "../kernel/mprotect.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { PROT } from "./mmap-flags.ts";
import { offsetInPage, pageAlign64, TASK_END, wrap } from "./registers.ts";

/** mprotect(2): 0 or an errno. mm/mprotect.c, do_mprotect_pkey() */
export function* sysMprotect(k: Context, mm: number, start: bigint, length: bigint, prot: bigint): Steps<number> {
  const grows = prot & BigInt(PROT.GROWSDOWN | PROT.GROWSUP);
  const plain = prot & ~BigInt(PROT.GROWSDOWN | PROT.GROWSUP);
  if (grows === BigInt(PROT.GROWSDOWN | PROT.GROWSUP)) return ERRNO.EINVAL;
  if (offsetInPage(start) !== 0n) return ERRNO.EINVAL;
  if (length === 0n) return 0;
  const end = wrap(start + pageAlign64(length));
  if (end <= start) return ERRNO.ENOMEM;
  if ((plain & ~BigInt(PROT.READ | PROT.WRITE | PROT.EXEC | PROT.SEM)) !== 0n) return ERRNO.EINVAL;
  const from = start > TASK_END ? TASK_SIZE : Number(start);
  const to = end > TASK_END ? TASK_SIZE + 1 : Number(end);
  const access = Number(plain) & (PROT.READ | PROT.WRITE | PROT.EXEC);
  return yield* protectRange(k, mm, from, to, access, Number(grows));
}

const protectRange: Procedure<Context, [number, number, number, number, number], number> = procedure(
  "__x64_sys_mprotect",
  function* (k, mm: number, start: number, end: number, prot: number, grows: number) {
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const error = yield* protectLocked(k, mm, start, end, prot, grows);
    yield* tlbFinishMmu(mm);
    yield* mmapWriteUnlock(mm);
    return error;
  },
);

/** PROT_GROWSDOWN begins where the stack does that the range lies in. Nothing grows up here. */
function* protectLocked(
  k: Context,
  mm: number,
  start: number,
  end: number,
  prot: number,
  grows: number,
): Steps<number> {
  if (grows === 0) return yield* protectAll(k, mm, start, end, prot);
  const first = yield* vmaNext(mm, start, end);
  if (first === null) return ERRNO.ENOMEM;
  const view = yield* vmaView(first);
  if (grows === PROT.GROWSUP) return view.start > start ? ERRNO.ENOMEM : ERRNO.EINVAL;
  if ((view.flags & VM.GROWSDOWN) === 0) return ERRNO.EINVAL;
  return yield* protectAll(k, mm, view.start, end, prot);
}
