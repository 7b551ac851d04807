import { unlinkAnonVmas } from "../events/anon-vma-steps.ts";
import { vmaIntervalTreeInsert, vmaIntervalTreeRemove } from "../events/i-mmap-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { freePgdRange, freePgtablesBegin, type Linked } from "../events/table-free-steps.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import { iMmapLock } from "../objects/file.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";

/**
 * free_pgtables: takes the VMAs out of rmap, each anon_vma and each i_mmap under its lock, then frees the page tables
 * under them. A VMA that rmap does not know costs nothing. mm/memory.c
 */
export const freePgtables: Procedure<Context, [number, number, number, readonly VmaPtr[]], null> = procedure(
  "free_pgtables",
  function* (k, mm: number, start: number, end: number, vmas: readonly VmaPtr[]) {
    const linked = yield* freePgtablesBegin(mm, start, end, vmas);
    for (const vma of linked) yield* unlinkVma(k, vma);
    if (linked.length > 0) yield* freePgdRange(mm, start, end, vmas);
    return null;
  },
);

/** unlink_anon_vmas and unlink_file_vma. */
const unlinkVma: Procedure<Context, [Linked], null> = procedure("unlink_vma", function* (k, linked: Linked) {
  const { vma, gen, inode, root } = linked;
  if (root !== null) {
    yield* downWrite(k, anonVmaLock(root));
    yield* unlinkAnonVmas({ vma, gen });
    yield* upWrite(anonVmaLock(root));
  }
  if (inode !== null) yield* unlinkFileVma(k, { vma, gen }, inode);
  return null;
});

/** unlink_file_vma: rmap by the inode no longer finds the VMA. mm/vma.c */
export const unlinkFileVma: Procedure<Context, [VmaPtr, number], null> = procedure(
  "unlink_file_vma",
  function* (k, vma: VmaPtr, inode: number) {
    yield* downWrite(k, iMmapLock(inode));
    yield* vmaIntervalTreeRemove(vma);
    yield* upWrite(iMmapLock(inode));
    return null;
  },
);

/** vma_link_file: rmap finds the VMA from now on, behind `after` where there is one. mm/vma.c */
export const vmaLinkFile: Procedure<Context, [VmaPtr, number, VmaPtr | null], null> = procedure(
  "vma_link_file",
  function* (k, vma: VmaPtr, inode: number, after: VmaPtr | null) {
    yield* downWrite(k, iMmapLock(inode));
    yield* vmaIntervalTreeInsert(vma, after);
    yield* upWrite(iMmapLock(inode));
    return null;
  },
);
