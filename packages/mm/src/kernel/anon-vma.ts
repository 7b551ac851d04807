import { anonVmaClone, anonVmaRoot, readAnonVma, unlinkAnonVmas } from "../events/anon-vma-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";

/**
 * The VMA that mremap(MREMAP_DONTUNMAP) leaves behind maps nothing any more: it has no anon_vma until its next fault.
 * mm/mremap.c, dontunmap_complete()
 */
export const dontunmapComplete: Procedure<Context, [VmaPtr], null> = procedure(
  "dontunmap_complete",
  function* (k, vma: VmaPtr) {
    const slot = yield* readAnonVma(vma);
    if (slot === null) return null;
    const root = yield* anonVmaRoot(slot);
    yield* downWrite(k, anonVmaLock(root));
    yield* unlinkAnonVmas(vma);
    yield* upWrite(anonVmaLock(root));
    return null;
  },
);

/** anon_vma_clone under the root's lock: rmap finds the copy wherever it finds the original. mm/rmap.c */
export const cloneAnonVma: Procedure<Context, [VmaPtr, VmaPtr, number], null> = procedure(
  "anon_vma_clone",
  function* (k, copy: VmaPtr, original: VmaPtr, anonVma: number) {
    const lock = anonVmaLock(yield* anonVmaRoot(anonVma));
    yield* downWrite(k, lock);
    yield* anonVmaClone(copy, original);
    yield* upWrite(lock);
    return null;
  },
);
