import { vmFlagsMod, vmaArea } from "../events/vma-steps.ts";
import { readVmFlags } from "../events/driver-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { allocOf } from "./binder-handle.ts";
import { binderAllocSetVma, binderAllocVmaClose } from "./binder-state.ts";
import { countedVmaClose, countedVmaOpen } from "./counted-binder-state.ts";

const countedMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "counted_binder_mmap",
  function* (_k, vma: VmaPtr, owner: string) {
    const flags = yield* readVmFlags(vma);
    if ((flags & VM.WRITE) !== 0) return ERRNO.EPERM;
    yield* vmFlagsMod(vma, VM.DONTCOPY | VM.MIXEDMAP, VM.MAYWRITE);
    const { start } = yield* vmaArea(vma);
    yield* countedVmaOpen(allocOf(owner));
    yield* binderAllocSetVma(allocOf(owner), vma, start);
    return 0;
  },
);

const countedOpen: Procedure<Context, [VmaPtr, string], null> = procedure(
  "counted_binder_open",
  function* (_k, _vma: VmaPtr, owner: string) {
    return yield* countedVmaOpen(allocOf(owner));
  },
);

const countedClose: Procedure<Context, [VmaPtr, string], null> = procedure(
  "counted_binder_close",
  function* (_k, _vma: VmaPtr, owner: string) {
    if (yield* countedVmaClose(allocOf(owner))) yield* binderAllocVmaClose(allocOf(owner));
    return null;
  },
);

/**
 * Binder with callbacks that count: `mapped` is cleared by the last close, not by the first. No release has it; it is
 * what vm_ops with open and close make possible.
 */
export const countedBinderVmOps: VmOps = { mmap: countedMmap, open: countedOpen, close: countedClose };
