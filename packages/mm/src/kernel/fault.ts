import { vmAccess, vmFaultRetry } from "../events/fault-steps.ts";
import { migrationEntryWait } from "../events/fault-wait-steps.ts";
import { checkStableAddressSpace } from "../events/mm-flag-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { putPage } from "../events/page-steps.ts";
import type { Steps } from "../events/step.ts";
import { VM } from "../objects/vm-flags.ts";
import { pteOffsetMapLock, ptepGet, pteUnmapUnlock, setPteAt } from "../events/pte-steps.ts";
import { handleUserfault } from "../events/uffd-steps.ts";
import { setZeroPte } from "../events/zero-page-steps.ts";
import { pageStart } from "../objects/address.ts";
import type { Pte } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context, VmFault } from "./context.ts";
import { doFault } from "./filemap-fault.ts";
import { driverFault } from "./driver-fault.ts";
import { tryAllocPage, tryPteAlloc } from "./failure.ts";
import { type FaultLock, type FaultResult, releaseFaultLock, type VmFaultResult } from "./fault-lock.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { lockMmAndFindVma } from "./stack.ts";
import { doSwapPage } from "./swap.ts";
import { lockVmaUnderRcu, vmaEndRead } from "./vma-lock.ts";
import { vmfAnonPrepare } from "./vmf-anon-prepare.ts";
import { uffdWpFault, uffdWpMarker } from "./uffd-wp.ts";
import { doWpPage, doWpShared } from "./wp-page.ts";

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
    return yield* loop<FaultLock, FaultResult>("mmap", function* (under) {
      const vma = yield* lockMmAndFindVma(k, mm, address);
      if (vma === null || vma === "killed") return done<FaultResult>(vma === null ? "SIGSEGV" : "SIGKILL");
      const result = yield* handleMmFault(k, mm, vma, address, write, under);
      if (result === "retry") {
        yield* vmFaultRetry(mm);
        return again<FaultLock>("mmap-tried");
      }
      yield* mmapReadUnlock(mm);
      return done(result);
    });
  },
);

/** handle_mm_fault: fills the PTE where it is empty, else does what its kind asks for. mm/memory.c, handle_pte_fault() */
export const handleMmFault: Procedure<Context, [number, VmaPtr, number, boolean, FaultLock], VmFaultResult> = procedure(
  "handle_mm_fault",
  function* (k, mm: number, vma: VmaPtr, at: number, write: boolean, under: FaultLock) {
    const fault: VmFault = { mm, vma, address: pageStart(at), write };
    const access = yield* vmAccess(vma, write);
    if (access === "driver") return yield* driverFault(k, fault, under);
    if (k.knobs.pku && (yield* isExecOnly(vma))) return "PKUERR";
    if (access === "denied") return "ACCERR";
    const shared = access === "shared-file" || access === "shmem";
    const cached = access === "shared-file" || access === "private-file";
    if (!cached && !(yield* tryPteAlloc(k, mm, fault.address))) return "OOM";
    const entry = yield* ptepGet(mm, fault.address);
    if (entry !== null) return yield* handlePteFault(k, fault, entry, shared, under);
    if (access === "signal") return "SIGBUS";
    if (cached) return yield* doFault(k, fault, shared, under, false);
    if (access === "userfault") {
      yield* releaseFaultLock(k, fault, under);
      yield* handleUserfault(mm, fault.address, vma);
      return "retry";
    }
    if (access === "anonymous" && !write) return yield* mapZeroPage(k, fault);
    const prepared = yield* vmfAnonPrepare(k, mm, vma, under);
    if (prepared !== "ok") return prepared;
    return yield* doAnonymousPage(k, mm, vma, fault.address, write);
  },
);

/** Memory that may only be executed has a protection key of its own, which lets nobody read or write. execute_only_pkey() */
function* isExecOnly(vma: VmaPtr): Steps<boolean> {
  const { flags } = yield* vmaView(vma);
  return (flags & (VM.READ | VM.WRITE | VM.EXEC)) === VM.EXEC;
}

/** handle_pte_fault of a PTE that is not empty. `shared`: what is mapped here is everybody's. mm/memory.c */
const handlePteFault: Procedure<Context, [VmFault, NonNullable<Pte>, boolean, FaultLock], VmFaultResult> = procedure(
  "handle_pte_fault",
  function* (k, fault: VmFault, entry: NonNullable<Pte>, shared: boolean, under: FaultLock) {
    const { mm, address, write } = fault;
    if (!("kind" in entry)) {
      if (!write || entry.write) return "ok";
      if (entry.uffdWp === true && (yield* uffdWpFault(k, fault, under)) === "retry") return "retry";
      return shared ? yield* doWpShared(k, fault) : yield* doWpPage(k, fault, under);
    }
    switch (entry.kind) {
      case "zero":
        return write ? yield* doWpPage(k, fault, under) : "ok";
      case "swap":
        return yield* doSwapPage(k, fault, entry.slot, under);
      case "migration":
        yield* migrationEntryWait(mm, address);
        return "ok";
      case "marker":
        return entry.marker === "uffd-wp" ? yield* uffdWpMarker(k, fault, shared, under) : MARKER_FAULTS[entry.marker];
    }
  },
);

/** handle_pte_marker: guard regions and poisoned pages. mm/memory.c */
const MARKER_FAULTS: Readonly<Record<"guard" | "poison", FaultResult>> = { guard: "SIGSEGV", poison: "SIGBUS" };

/** do_anonymous_page of a read: the zero page, which needs neither memory nor an anon_vma. mm/memory.c */
const mapZeroPage: Procedure<Context, [VmFault], FaultResult> = procedure(
  "do_anonymous_page_zero",
  function* (k, { mm, vma, address }: VmFault) {
    if (!(yield* pteOffsetMapLock(mm, address))) return "ok";
    const stable = !k.knobs.unstableCheck || (yield* checkStableAddressSpace(mm));
    if (stable) yield* setZeroPte(vma, address);
    yield* pteUnmapUnlock(mm, address);
    return stable ? "ok" : "SIGBUS";
  },
);

/** do_anonymous_page: a fresh page, unless somebody was faster. mm/memory.c */
const doAnonymousPage: Procedure<Context, [number, VmaPtr, number, boolean], FaultResult> = procedure(
  "do_anonymous_page",
  function* (k, mm: number, vma: VmaPtr, address: number, write: boolean) {
    const page = yield* tryAllocPage(k);
    if (page === null) return "OOM";
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
