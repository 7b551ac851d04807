import { vmAccess } from "../events/fault-steps.ts";
import { checkStableAddressSpace } from "../events/mm-flag-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { pteAlloc, pteOffsetMapLock, ptepGet, pteUnmapUnlock, setPteAt } from "../events/pte-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";
import { pageStart } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { driverFault } from "./driver-fault.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { doSwapPage } from "./swap.ts";
import { doWpPage } from "./wp-page.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** How a fault ends: the access may be repeated, or the signal that it gets. */
export type FaultResult = "ok" | "SIGSEGV" | "SIGBUS";

/** A user-mode page fault: under the VMA lock where there is one, else or on failure under mmap_lock. */
export const pageFault: Procedure<Context, [number, number, boolean], FaultResult> = procedure(
  "do_user_addr_fault",
  function* (k, mm: number, address: number, write: boolean) {
    if (k.knobs.vmaLock !== "none") {
      const locked = yield* lockVmaUnderRcu(k, mm, address);
      if (locked !== null) {
        const result = yield* handleMmFault(k, mm, locked, address, write);
        yield* vmaEndRead(k, locked);
        return result;
      }
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    const result = vma === null ? ("SIGSEGV" as const) : yield* handleMmFault(k, mm, vma, address, write);
    yield* mmapReadUnlock(mm);
    return result;
  },
);

/** handle_mm_fault: maps a fresh page where anonymous memory has none. mm/memory.c, do_anonymous_page() */
export const handleMmFault: Procedure<Context, [number, VmaPtr, number, boolean], FaultResult> = procedure(
  "handle_mm_fault",
  function* (k, mm: number, vma: VmaPtr, at: number, write: boolean) {
    const address = pageStart(at);
    const access = yield* vmAccess(vma, write);
    if (access === "driver") return yield* driverFault(k, { mm, vma, address, write });
    if (access === "denied") return "SIGSEGV";
    yield* pteAlloc(mm, address);
    const entry = yield* ptepGet(mm, address);
    if (entry !== null) {
      if ("kind" in entry && entry.kind === "swap") yield* doSwapPage(k, mm, vma, address, entry.slot, write);
      if (write && !("kind" in entry) && !entry.write) yield* doWpPage(k, mm, vma, address);
      return "ok";
    }
    const page = yield* allocPage();
    yield* pteOffsetMapLock(mm, address);
    const stable = !k.knobs.unstableCheck || (yield* checkStableAddressSpace(mm));
    const installed = stable && (yield* setPteAt(vma, address, page, write));
    yield* pteUnmapUnlock(mm, address);
    if (!installed) yield* putPage(page);
    return stable ? "ok" : "SIGBUS";
  },
);
