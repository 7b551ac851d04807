import { readAnonVma, anonVmaPrepare } from "../events/anon-vma-steps.ts";
import { findMergeableAnonVma, vmAccess, vmFaultRetry } from "../events/fault-steps.ts";
import { checkStableAddressSpace } from "../events/mm-flag-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { pteAlloc, pteOffsetMapLock, ptepGet, pteUnmapUnlock, setPteAt } from "../events/pte-steps.ts";
import type { Steps } from "../events/step.ts";
import { pageStart } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { driverFault } from "./driver-fault.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { lockMmAndFindVma } from "./stack.ts";
import { doSwapPage } from "./swap.ts";
import { lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";
import { doWpPage } from "./wp-page.ts";

/** How a fault ends: the access may be repeated, or the signal that it gets. */
export type FaultResult = "ok" | "SIGSEGV" | "SIGBUS";

/** What a handler returns: also VM_FAULT_RETRY, `retry`, when it has dropped the lock under which it was called. */
export type VmFaultResult = FaultResult | "retry";

/** The lock under which a fault is handled: FAULT_FLAG_VMA_LOCK, or mmap_lock. */
export type FaultLock = "vma" | "mmap";

/**
 * A user-mode page fault: under the VMA lock where there is one, else or on failure under mmap_lock, as often as the
 * handler asks for. arch/x86/mm/fault.c
 */
export const pageFault: Procedure<Context, [number, number, boolean], FaultResult> = procedure(
  "do_user_addr_fault",
  function* (k, mm: number, address: number, write: boolean) {
    const locked = k.knobs.faultUnderVma === "none" ? null : yield* lockVmaUnderRcu(k, mm, address);
    if (locked !== null) {
      const result = yield* handleMmFault(k, mm, locked, address, write, "vma");
      if (result !== "retry") {
        yield* vmaEndRead(k, locked);
        return result;
      }
      yield* vmFaultRetry(mm);
    }
    return yield* loop<null, FaultResult>(null, function* () {
      const vma = yield* lockMmAndFindVma(k, mm, address);
      if (vma === null) return done<FaultResult>("SIGSEGV");
      const result = yield* handleMmFault(k, mm, vma, address, write, "mmap");
      if (result === "retry") {
        yield* vmFaultRetry(mm);
        return again(null);
      }
      yield* mmapReadUnlock(mm);
      return done(result);
    });
  },
);

/** handle_mm_fault: maps a fresh page where anonymous memory has none, asks the driver elsewhere. mm/memory.c */
export const handleMmFault: Procedure<Context, [number, VmaPtr, number, boolean, FaultLock], VmFaultResult> = procedure(
  "handle_mm_fault",
  function* (k, mm: number, vma: VmaPtr, at: number, write: boolean, under: FaultLock) {
    const address = pageStart(at);
    const access = yield* vmAccess(vma, write);
    if (access === "driver") return yield* driverFault(k, { mm, vma, address, write }, under);
    if (access === "denied") return "SIGSEGV";
    yield* pteAlloc(mm, address);
    const entry = yield* ptepGet(mm, address);
    if (entry !== null) {
      if ("kind" in entry && entry.kind === "swap") yield* doSwapPage(k, mm, vma, address, entry.slot, write);
      if (write && !("kind" in entry) && !entry.write) yield* doWpPage(k, mm, vma, address);
      return "ok";
    }
    if (!(yield* vmfAnonPrepare(k, mm, vma, under))) return "retry";
    return yield* doAnonymousPage(k, mm, vma, address, write);
  },
);

/** do_anonymous_page: a fresh page, unless somebody was faster. mm/memory.c */
const doAnonymousPage: Procedure<Context, [number, VmaPtr, number, boolean], FaultResult> = procedure(
  "do_anonymous_page",
  function* (k, mm: number, vma: VmaPtr, address: number, write: boolean) {
    const page = yield* allocPage();
    if (!(yield* pteOffsetMapLock(mm, address))) {
      yield* putPage(page); // the page table was taken away: the access comes again
      return "ok";
    }
    const stable = !k.knobs.unstableCheck || (yield* checkStableAddressSpace(mm));
    const installed = stable && (yield* setPteAt(vma, address, page, write));
    yield* pteUnmapUnlock(mm, address);
    if (!installed) yield* putPage(page);
    return stable ? "ok" : "SIGBUS";
  },
);

/**
 * vmf_anon_prepare: makes sure of the VMA's anon_vma. It looks at neighbours, so that the VMA lock is not enough: a try
 * for mmap_lock, or false with the VMA lock dropped. Kernels that asked in lock_vma_under_rcu rely on that here.
 * mm/memory.c
 */
const vmfAnonPrepare: Procedure<Context, [number, VmaPtr, FaultLock], boolean> = procedure(
  "vmf_anon_prepare",
  function* (k, mm: number, vma: VmaPtr, under: FaultLock) {
    if ((yield* readAnonVma(vma)) !== null) return true;
    if (under === "mmap") yield* anonVmaPrepare(vma);
    else if (k.knobs.anonVmaCheck !== "in-fault") yield* prepareUnlocked(vma);
    else if (yield* mmapReadTrylock(mm)) {
      yield* anonVmaPrepare(vma);
      yield* mmapReadUnlock(mm);
    } else {
      yield* vmaEndRead(k, vma);
      return false;
    }
    return true;
  },
);

/** anon_vma_prepare with no lock on the neighbours whose anon_vma it may share. mm/rmap.c */
function* prepareUnlocked(vma: VmaPtr): Steps<null> {
  const near = yield* findMergeableAnonVma(vma);
  if (near !== null) yield* readAnonVma(near);
  return yield* anonVmaPrepare(vma);
}
