import { vmFlagsMod } from "../events/vma-steps.ts";
import { vmaStartWrite } from "./vma-lock.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * vm_flags_set: write-locks the VMA where there are per-VMA locks, then stores. Wants mmap_write_lock.
 * include/linux/mm.h
 */
export const vmFlagsSet: Procedure<Context, [VmaPtr, number], null> = procedure(
  "vm_flags_set",
  function* (k, vma: VmaPtr, flags: number) {
    if (k.knobs.vmaLock !== "none") yield* vmaStartWrite(k, vma);
    return yield* vmFlagsMod(vma, flags, 0);
  },
);

/** vm_flags_clear: the same, the other way. include/linux/mm.h */
export const vmFlagsClear: Procedure<Context, [VmaPtr, number], null> = procedure(
  "vm_flags_clear",
  function* (k, vma: VmaPtr, flags: number) {
    if (k.knobs.vmaLock !== "none") yield* vmaStartWrite(k, vma);
    return yield* vmFlagsMod(vma, 0, flags);
  },
);
