import { vmFlagsMod, vmaArea } from "../events/vma-steps.ts";
import { readVmFlags } from "../events/driver-steps.ts";
import { type AnyStep, type Step, step } from "../events/step.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { component, type Kind } from "../store/component.ts";
import { allocOf } from "./binder-handle.ts";
import { binderAllocSetVma, binderAllocVmaClose } from "./binder-state.ts";

/** How many VMAs of the allocator there are, by its open and close callbacks. */
export const binderVmas: Kind<number> = component("binder:#/vmas", 0);

/** One more VMA: mapped, split off, moved to, or inherited. */
export const countedVmaOpen: Step<[number], null> = step("counted_vma_open", (tx, alloc) => {
  tx.update(binderVmas.of(alloc), (count) => count + 1);
});

/** One VMA less: whether it was the last. */
export const countedVmaClose: Step<[number], boolean> = step("counted_vma_close", (tx, alloc) => {
  const count = tx.read(binderVmas.of(alloc)) - 1;
  tx.write(binderVmas.of(alloc), count);
  return count <= 0;
});

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

export const countedBinderSteps: readonly AnyStep[] = [countedVmaOpen, countedVmaClose];
