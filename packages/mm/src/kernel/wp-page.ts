import { wpPageCopy, wpPageReuse } from "../events/cow-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * A write met a PTE that may only be read, of private memory: the page is made writable where nobody else has it, else
 * copied. Under the VMA's or the mmap lock. mm/memory.c, do_wp_page()
 */
export const doWpPage: Procedure<Context, [number, VmaPtr, number], null> = procedure(
  "do_wp_page",
  function* (_k, mm: number, vma: VmaPtr, address: number) {
    if (!(yield* pteOffsetMapLock(mm, address))) return null;
    const old = yield* wpPageReuse(vma, address);
    yield* pteUnmapUnlock(mm, address);
    if (typeof old === "string") return null;
    const copy = yield* allocPage();
    const there = yield* pteOffsetMapLock(mm, address);
    const copied = there && (yield* wpPageCopy(vma, address, old, copy));
    if (there) yield* pteUnmapUnlock(mm, address);
    if (!copied) yield* putPage(copy);
    yield* putPage(old);
    return null;
  },
);
