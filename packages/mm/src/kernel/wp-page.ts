import { wpPageCopy, wpPageReuse } from "../events/cow-steps.ts";
import { wpPageShared } from "../events/file-fault-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context, VmFault } from "./context.ts";
import { tryAllocPage } from "./failure.ts";
import type { FaultLock, VmFaultResult } from "./fault-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmfAnonPrepare } from "./vmf-anon-prepare.ts";

/**
 * A write met a PTE that may only be read, of private memory: the page is made writable where nobody else has it, else
 * copied; the zero page always is. The copy needs the VMA's anon_vma. mm/memory.c, do_wp_page(), wp_page_copy()
 */
export const doWpPage: Procedure<Context, [VmFault, FaultLock], VmFaultResult> = procedure(
  "do_wp_page",
  function* (k, { mm, vma, address }: VmFault, under: FaultLock) {
    if (!(yield* pteOffsetMapLock(mm, address))) return "ok";
    const found = yield* wpPageReuse(vma, address);
    yield* pteUnmapUnlock(mm, address);
    if (found === "reused" || found === "changed") return "ok";
    const old = found === "zero" ? null : found;
    const prepared = yield* vmfAnonPrepare(k, mm, vma, under);
    const result = prepared === "ok" ? yield* copyPage(k, mm, vma, address, old) : prepared;
    if (old !== null) yield* putPage(old);
    return result;
  },
);

const copyPage: Procedure<Context, [number, VmaPtr, number, PagePtr | null], "ok" | "OOM"> = procedure(
  "wp_page_copy",
  function* (k, mm: number, vma: VmaPtr, address: number, old: PagePtr | null) {
    const copy = yield* tryAllocPage(k);
    if (copy === null) return "OOM";
    const there = yield* pteOffsetMapLock(mm, address);
    const copied = there && (yield* wpPageCopy(vma, address, old, copy));
    if (there) yield* pteUnmapUnlock(mm, address);
    if (!copied) yield* putPage(copy);
    return "ok";
  },
);

/** wp_page_shared: a write to what is everybody's anyway. mm/memory.c */
export const doWpShared: Procedure<Context, [VmFault], "ok"> = procedure(
  "do_wp_page_shared",
  function* (_k, { mm, vma, address }: VmFault) {
    if (!(yield* pteOffsetMapLock(mm, address))) return "ok";
    yield* wpPageShared(vma, address);
    yield* pteUnmapUnlock(mm, address);
    return "ok";
  },
);
