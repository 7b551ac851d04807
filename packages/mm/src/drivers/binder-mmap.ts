import { vmFlagsMod } from "../events/vma-steps.ts";
import { completeAll } from "../events/wait-steps.ts";
import { readVmFlags } from "../events/driver-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmOps } from "../kernel/context.ts";
import { vmaArea } from "../events/vma-steps.ts";
import { allocOf } from "./binder-handle.ts";
import { binderAllocSetVma, binderAllocVmaClose, rustRegisterWithVma } from "./binder-state.ts";

/**
 * binder_mmap, binder_vma_close and binder_release: read-only for the user for ever, not inherited by fork, pages of its
 * own. Who waits for an answer of a process whose file goes is told (binder_deferred_release).
 */
export const binderVmOps: VmOps = {
  *mmap(_k, vma, owner) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* binderAllocSetVma(allocOf(owner), vma, start);
    return 0;
  },
  *close(_k, _vma, owner) {
    yield* binderAllocVmaClose(allocOf(owner));
    return null;
  },
  *release(_k, _file, owner) {
    yield* completeAll(binderReply(allocOf(owner)));
    return null;
  },
};

/** What a sender waits for: the receiver's reply, or the news that the receiver is gone (BR_DEAD_REPLY). */
export function binderReply(alloc: number): string {
  return `binder${alloc}_reply`;
}

/** The Rust driver of 6.18: the same flags; no close callback. */
export const rustBinderVmOps: VmOps = {
  *mmap(_k, vma, owner) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* rustRegisterWithVma(allocOf(owner), start);
    return 0;
  },
};

/** Some other driver, whose pages the user may write: its hook sets VM_MIXEDMAP. */
export const otherVmOps: VmOps = {
  *mmap(_k, vma) {
    yield* vmFlagsMod(vma, VM.MIXEDMAP, 0);
    return 0;
  },
};
