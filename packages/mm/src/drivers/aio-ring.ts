import { spinLock, spinUnlock } from "../events/lock-steps.ts";
import { vmaArea, vmFlagsMod } from "../events/vma-steps.ts";
import { readOnce, writeOnce } from "../events/word-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";

const dead = (owner: string): string => `${owner}_dead`;
const lock = (owner: string): string => `${owner}_ioctx_lock`;

const aioRingMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "aio_ring_mmap",
  function* (_k, vma: VmaPtr, _owner: string) {
    yield* vmFlagsMod(vma, VM.DONTEXPAND, 0);
    return 0;
  },
);

/** aio_ring_mremap: the context is where its ring is; a dying one has no place any more. 0 or -EINVAL. */
const aioRingMremap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "aio_ring_mremap",
  function* (_k, vma: VmaPtr, owner: string) {
    const { start } = yield* vmaArea(vma);
    yield* spinLock(lock(owner));
    const gone = (yield* readOnce(dead(owner))) === true;
    if (!gone) yield* writeOnce(`${owner}_mmap_base`, start);
    yield* spinUnlock(lock(owner));
    return gone ? ERRNO.EINVAL : 0;
  },
);

/** kill_ioctx, as far as mremap of its ring can tell: the context is dying. */
export const killIoctx: Procedure<Context, [string], null> = procedure("kill_ioctx", function* (_k, owner: string) {
  yield* spinLock(lock(owner));
  yield* writeOnce(dead(owner), true);
  yield* spinUnlock(lock(owner));
  return null;
});

/** The ring of an AIO context, which follows it to where mremap moves it. fs/aio.c */
export const aioRingVmOps: VmOps = { mmap: aioRingMmap, mremap: aioRingMremap };
