import { findLockEntries } from "../events/open-file-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { invalidateLock } from "../objects/file.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";
import { truncateInodeFolio } from "./truncate.ts";
import { unmapMappingFolio } from "./unmap-mapping.ts";

/**
 * fallocate(FALLOC_FL_PUNCH_HOLE) of the inode's pages [first, first + count): mapped nowhere, out of the cache. Faults
 * may not fill the cache meanwhile, where the kernel keeps them from it (knob punchHole). mm/shmem.c, ext4_punch_hole()
 */
export const punchHole: Procedure<Context, [number, number, number], null> = procedure(
  "vfs_fallocate",
  function* (k, inode: number, first: number, count: number) {
    const locked = k.knobs.punchHole === "invalidate-lock";
    if (locked) yield* downWrite(k, invalidateLock(inode));
    yield* unmapMappingFolio(k, inode, first, count);
    for (const index of yield* findLockEntries(inode, first, first + count)) yield* truncateInodeFolio(k, inode, index);
    if (locked) yield* upWrite(invalidateLock(inode));
    return null;
  },
);
