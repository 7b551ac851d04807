import { heapUse } from "../events/heap-steps.ts";
import { getVmaPolicy, mpolPut, vmaReplacePolicy } from "../events/mempolicy-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { allocPage } from "../events/page-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { mmapReadLock, mmapWriteLock } from "./mmap-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmaStartWrite } from "./vma-lock.ts";

/** How get_mempolicy keeps the policy while it reads it: not at all once it has let go of mmap_lock, or by a reference. */
export type GetMempolicy = "bare" | "referenced";

/** get_mempolicy(2) of an address: 0 or -EFAULT. mm/mempolicy.c, do_get_mempolicy(); CVE-2018-10675 */
export const getMempolicy: Procedure<Context, [number, number, GetMempolicy], number> = procedure(
  "do_get_mempolicy",
  function* (k, mm: number, address: number, how: GetMempolicy) {
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    const policy = vma === null ? null : yield* getVmaPolicy(vma, how === "referenced");
    yield* mmapReadUnlock(mm);
    if (policy === null) return vma === null ? ERRNO.EFAULT : 0;
    yield* heapUse(policy);
    if (how === "referenced") yield* mpolPut(policy);
    return 0;
  },
);

/** mbind(2) of one VMA: 0 or -EFAULT. mm/mempolicy.c, do_mbind() */
export const mbind: Procedure<Context, [number, number, string], number> = procedure(
  "do_mbind",
  function* (k, mm: number, address: number, policy: string) {
    yield* mmapWriteLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    if (vma !== null) {
      if (k.knobs.mbindVw) yield* vmaStartWrite(k, vma);
      yield* vmaReplacePolicy(vma, policy);
    }
    yield* mmapWriteUnlock(mm);
    return vma === null ? ERRNO.EFAULT : 0;
  },
);

/**
 * vma_alloc_folio: a page for a fault, from where the VMA's policy says. Its lock keeps the policy: no reference is
 * taken. mm/mempolicy.c
 */
export const vmaAllocFolio: Procedure<Context, [VmaPtr], PagePtr> = procedure(
  "vma_alloc_folio",
  function* (_k, vma: VmaPtr) {
    const policy = yield* getVmaPolicy(vma, false);
    if (policy !== null) yield* heapUse(policy);
    return yield* allocPage();
  },
);
