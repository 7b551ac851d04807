import { type Driver, INSERT, vmInsertPageBegin } from "../events/driver-steps.ts";
import { insertPageIntoPteLocked, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { tryPteAlloc } from "./failure.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmFlagsSet } from "./vm-flags.ts";

/**
 * vm_insert_page: 0, -EFAULT outside the VMA, -EBUSY where something is mapped, -EINVAL for a page that is dead,
 * anonymous, typed or without a reference of its own, -ENOMEM without a page table. Two contexts are clean: a VMA in use
 * that has VM_MIXEDMAP, under any lock that keeps it; a new VMA, in its hook, which is given the flag. mm/memory.c
 */
export const vmInsertPage: Procedure<Context, [number, VmaPtr, number, PagePtr, Driver], number> = procedure(
  "vm_insert_page",
  function* (k, mm: number, vma: VmaPtr, address: number, page: PagePtr, driver: Driver) {
    const begun = yield* vmInsertPageBegin(vma, address, page, driver);
    if (begun < 0) return begun;
    if ((begun & INSERT.SETS_MIXEDMAP) !== 0) yield* vmFlagsSet(k, vma, VM.MIXEDMAP);
    if (!(yield* tryPteAlloc(k, mm, address))) return ERRNO.ENOMEM;
    if (!(yield* pteOffsetMapLock(mm, address))) return ERRNO.ENOMEM;
    const inserted = yield* insertPageIntoPteLocked(vma, address, page, (begun & INSERT.WRITABLE) !== 0);
    yield* pteUnmapUnlock(mm, address);
    return inserted;
  },
);
