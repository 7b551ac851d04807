import { type Driver, vmInsertPageBegin } from "../events/driver-steps.ts";
import { insertPageIntoPteLocked, pteAlloc, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** vm_insert_page: 0, -EFAULT outside the VMA, -EBUSY where something is mapped, -EINVAL for a dead page. mm/memory.c */
export const vmInsertPage: Procedure<Context, [number, VmaPtr, number, PagePtr, Driver], number> = procedure(
  "vm_insert_page",
  function* (_k, mm: number, vma: VmaPtr, address: number, page: PagePtr, driver: Driver) {
    const error = yield* vmInsertPageBegin(vma, address, page, driver);
    if (error !== 0) return error;
    yield* pteAlloc(mm, address);
    yield* pteOffsetMapLock(mm, address);
    const inserted = yield* insertPageIntoPteLocked(vma, address, page, false);
    yield* pteUnmapUnlock(mm, address);
    return inserted;
  },
);
