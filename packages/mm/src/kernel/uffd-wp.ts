import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { mmgetNotZero } from "../events/mm-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { pteAlloc, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { mmapChanging } from "../events/uffd-event-steps.ts";
import { handleUserfaultWp, uffdWpRange, userfaultfdWp } from "../events/uffd-wp-steps.ts";
import { PAGE_SIZE, pageAlign, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context, VmFault } from "./context.ts";
import { doFault } from "./filemap-fault.ts";
import { type FaultLock, releaseFaultLock, type VmFaultResult } from "./fault-lock.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { mmput } from "./mmput.ts";
import { vmaNext } from "./mprotect.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * UFFDIO_WRITEPROTECT: writes to the range wait for a monitor from now on, or, not `protect`, no more. 0; -ENOENT where
 * none is registered for that; -EAGAIN while the address space changes. mm/userfaultfd.c, mwriteprotect_range()
 */
export const uffdioWriteprotect: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "mwriteprotect_range",
  function* (k, mm: number, start: number, length: number, protect: boolean) {
    if (!(yield* mmgetNotZero(mm))) return ERRNO.ESRCH;
    yield* mmapReadLock(k, mm);
    const error = yield* protectRange(k, mm, start, start + pageAlign(length), protect);
    yield* mmapReadUnlock(mm);
    yield* mmput(k, mm);
    return error;
  },
);

const protectRange: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "uffd_wp_vmas",
  function* (k, mm: number, start: number, end: number, protect: boolean) {
    let error: number = ERRNO.ENOENT;
    let at = start;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
      const view = yield* vmaView(vma);
      if (yield* mmapChanging(vma)) return ERRNO.EAGAIN;
      if ((yield* userfaultfdWp(vma)) === "none") return ERRNO.ENOENT;
      const from = Math.max(at, view.start);
      at = Math.min(end, view.end);
      error = 0;
      for (let part = from; part < at; part = tableEnd(part)) {
        // Markers need a page table to stand in.
        if (protect && view.file !== null) yield* pteAlloc(mm, part);
        yield* protectTable(k, mm, vma, part, Math.min(at, tableEnd(part)), protect);
      }
      yield* tlbFinishMmu(mm);
    }
    return error;
  },
);

const protectTable: Procedure<Context, [number, VmaPtr, number, number, boolean], null> = procedure(
  "uffd_wp_table",
  function* (_k, mm: number, vma: VmaPtr, start: number, end: number, protect: boolean) {
    if (!(yield* pteOffsetMapLock(mm, start))) return null;
    yield* uffdWpRange(vma, start, end, protect);
    return yield* pteUnmapUnlock(mm, start);
  },
);

/**
 * A write met the uffd-wp bit: `retry`, when the monitor has been waited for, or `ok` when the write may go on, because
 * nobody wants to know, or in place (wp-async). mm/memory.c, do_wp_page()
 */
export const uffdWpFault: Procedure<Context, [VmFault, FaultLock], "retry" | "ok"> = procedure(
  "do_wp_page_uffd",
  function* (k, fault: VmFault, under: FaultLock) {
    const { mm, vma, address } = fault;
    if ((yield* userfaultfdWp(vma)) === "wp") {
      yield* releaseFaultLock(k, fault, under);
      yield* handleUserfaultWp(mm, address, vma);
      return "retry";
    }
    yield* protectTable(k, mm, vma, address, address + PAGE_SIZE, false);
    return "ok";
  },
);

/**
 * pte_marker_handle_uffd_wp: the file's page is mapped, protected as the marker says; the marker goes where nobody wants
 * to know any more. mm/memory.c
 */
export const uffdWpMarker: Procedure<Context, [VmFault, boolean, FaultLock], VmFaultResult> = procedure(
  "pte_marker_handle_uffd_wp",
  function* (k, fault: VmFault, shared: boolean, under: FaultLock) {
    const { mm, vma, address } = fault;
    if ((yield* userfaultfdWp(vma)) !== "none") return yield* doFault(k, fault, shared, under, true);
    yield* protectTable(k, mm, vma, address, address + PAGE_SIZE, false);
    return "ok";
  },
);

function tableEnd(address: number): number {
  return (Math.floor(address / TABLE_SPAN) + 1) * TABLE_SPAN;
}
