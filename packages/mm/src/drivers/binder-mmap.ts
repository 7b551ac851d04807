import { vmFlagsMod } from "../events/vma-steps.ts";
import { completeAll } from "../events/wait-steps.ts";
import { readVmFlags } from "../events/driver-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmaArea } from "../events/vma-steps.ts";
import { allocOf } from "./binder-handle.ts";
import { binderAllocSetVma, binderAllocVmaClose, rustRegisterWithVma } from "./binder-state.ts";

/** binder_mmap: read-only for the user for ever, not inherited by fork, pages of its own. */
const binderMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "binder_mmap",
  function* (_k, vma: VmaPtr, owner: string) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* binderAllocSetVma(allocOf(owner), vma, start);
    return 0;
  },
);

const binderClose: Procedure<Context, [VmaPtr, string], null> = procedure(
  "binder_vma_close",
  function* (_k, _vma: VmaPtr, owner: string) {
    return yield* binderAllocVmaClose(allocOf(owner));
  },
);

/** Who waits for an answer of a process whose file goes is told (binder_deferred_release). */
const binderRelease: Procedure<Context, [number, string], null> = procedure(
  "binder_release",
  function* (_k, _file: number, owner: string) {
    yield* completeAll(binderReply(allocOf(owner)));
    return null;
  },
);

/** The C driver. drivers/android/binder.c */
export const binderVmOps: VmOps = { mmap: binderMmap, close: binderClose, release: binderRelease };

/** What a sender waits for: the receiver's reply, or the news that the receiver is gone (BR_DEAD_REPLY). */
export function binderReply(alloc: number): string {
  return `binder${alloc}_reply`;
}

const rustBinderMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "rust_binder_mmap",
  function* (_k, vma: VmaPtr, owner: string) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* rustRegisterWithVma(allocOf(owner), start);
    return 0;
  },
);

/** The Rust driver of 6.18: the same flags; no close callback. */
export const rustBinderVmOps: VmOps = { mmap: rustBinderMmap };

const otherMmap: Procedure<Context, [VmaPtr, string], number> = procedure("other_mmap", function* (_k, vma: VmaPtr) {
  yield* vmFlagsMod(vma, VM.MIXEDMAP, 0);
  return 0;
});

/** Some other driver, whose pages the user may write: its hook sets VM_MIXEDMAP. */
export const otherVmOps: VmOps = { mmap: otherMmap };
