import { insertPfn } from "../events/pfn-steps.ts";
import { pteAlloc, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { vmFlagsMod } from "../events/vma-steps.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** vmf_insert_pfn: a driver's fault handler maps a frame: 0, or -EBUSY where something is mapped. mm/memory.c */
export const vmfInsertPfn: Procedure<Context, [number, VmaPtr, number, PagePtr, boolean], number> = procedure(
  "vmf_insert_pfn",
  function* (_k, mm: number, vma: VmaPtr, address: number, page: PagePtr, write: boolean) {
    yield* pteAlloc(mm, address);
    if (!(yield* pteOffsetMapLock(mm, address))) return ERRNO.ENOMEM;
    const inserted = yield* insertPfn(vma, address, page, write);
    yield* pteUnmapUnlock(mm, address);
    return inserted;
  },
);

/** remap_pfn_range: an mmap hook maps all its frames at once and says so in the flags: 0 or an errno. mm/memory.c */
export const remapPfnRange: Procedure<Context, [number, VmaPtr, number, readonly PagePtr[], boolean], number> =
  procedure(
    "remap_pfn_range",
    function* (k, mm: number, vma: VmaPtr, address: number, pages: readonly PagePtr[], write: boolean) {
      yield* vmFlagsMod(vma, VM.IO | VM.PFNMAP | VM.DONTEXPAND | VM.DONTDUMP, 0);
      for (const [i, page] of pages.entries()) {
        const error = yield* vmfInsertPfn(k, mm, vma, address + i * PAGE_SIZE, page, write);
        if (error !== 0) return error;
      }
      return 0;
    },
  );
