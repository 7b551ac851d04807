import { hex, PAGE_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { type PagePtr, pageSlot } from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { OWNER } from "../rules/driver.ts";
import { INS_MIXED, RANGE } from "../rules/page-table.ts";
import { TASK_SIZE } from "../objects/address.ts";
import { pageIsLive } from "./page-refs.ts";
import { type AnyStep, type Step, step, STOPPED } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/** Who a driver is: what its VMAs' vm_ops and vm_private_data point to. Null for core code, which owns every VMA. */
export type Driver = { readonly ops: string; readonly owner: string } | null;

/**
 * The head of vm_insert_page: 0 when the insert may go on, or an errno. Without VM_MIXEDMAP the kernel wants the mmap
 * lock to be write-locked, sets the flag itself, and stops with a BUG otherwise.
 */
export const vmInsertPageBegin: Step<[VmaPtr, number, PagePtr, Driver], number> = step(
  "vm_insert_page",
  (tx, ptr, address, page, driver) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return ERRNO.EFAULT;
    checkOwner(tx, vma, ptr, driver, "inserts a page into");
    if (address < vma.start || address >= vma.end) return ERRNO.EFAULT;
    const flags = tx.read(vmaFlags.of(ptr.vma));
    if ((flags & VM.MIXEDMAP) === 0) {
      if (vma.state !== "new") {
        tx.violate(INS_MIXED, vmaName(ptr), `vm_insert_page into ${vmaName(ptr)}, which has no VM_MIXEDMAP`);
      }
      if (!writeLocked(tx, vma.mm) || (flags & VM.PFNMAP) !== 0) {
        tx.violate(INS_MIXED, vmaName(ptr), `BUG_ON in vm_insert_page(${vmaName(ptr)})`, "S3");
        return STOPPED;
      }
      tx.write(vmaFlags.of(ptr.vma), flags | VM.MIXEDMAP);
    }
    if (!pageIsLive(tx, page) || Object.keys(tx.read(pageSlot.of(page.page)).refs).length === 0) return ERRNO.EINVAL;
    return 0;
  },
);

/** What BUG_ON(mmap_read_trylock(mm)) finds out: a read trylock fails under a writer, or when one waits. */
function writeLocked(tx: StepContext, mm: number): boolean {
  const lock = mmapLock(mm);
  return tx.read(lock.writer) !== null || tx.read(lock.queue).length > 0;
}

/** The head of zap_page_range_single: the part of [address, address + size) inside the VMA, or null when none is. */
export const zapPageRangeBegin: Step<[VmaPtr, number, number, Driver], { start: number; end: number } | null> = step(
  "zap_page_range_single",
  (tx, ptr, address, size, driver) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return null;
    checkOwner(tx, vma, ptr, driver, "zaps");
    const end = address + size;
    if (size <= 0 || end > TASK_SIZE + PAGE_SIZE) {
      tx.violate(RANGE, vmaName(ptr), `zap of ${size} bytes from ${hex(address)}`);
      return STOPPED;
    }
    const range = { start: Math.max(address, vma.start), end: Math.min(end, vma.end) };
    return range.start < range.end ? range : null;
  },
);

/** vma->vm_ops and vma->vm_private_data, as an ownership check compares them. */
export const vmaDriver: Step<[VmaPtr], { ops: string; owner: string } | null> = step("check_vma", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  return vma === undefined ? null : { ops: vma.ops, owner: vma.owner };
});

/** vma->vm_flags. */
export const readVmFlags: Step<[VmaPtr], number> = step("vm_flags", (tx, ptr) =>
  accessVma(tx, ptr) === undefined ? 0 : tx.read(vmaFlags.of(ptr.vma)),
);

function checkOwner(tx: StepContext, vma: Vma, ptr: VmaPtr, driver: Driver, does: string): void {
  if (driver === null || (vma.ops === driver.ops && vma.owner === driver.owner)) return;
  const whose = vma.ops === "" ? "anonymous memory" : `${vma.ops} ${vma.owner}`.trim();
  tx.violate(OWNER, vmaName(ptr), `${driver.ops} ${driver.owner} ${does} ${vmaName(ptr)}, which is ${whose}`);
}

export const driverSteps: readonly AnyStep[] = [vmInsertPageBegin, zapPageRangeBegin, vmaDriver, readVmFlags];
