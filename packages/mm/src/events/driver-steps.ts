import { hex, pagesFrom } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { type PagePtr, pageType } from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { OWNER } from "../rules/driver.ts";
import { INS_NOT_PFN, RIGHT_OFFSET } from "../rules/insert.ts";
import { INS_MIXED, RANGE } from "../rules/page-table.ts";
import { checkMayWrite } from "./mprotect-steps.ts";
import { hasRefs, pageIsLive } from "./page-refs.ts";
import { downReadTrylock } from "./rwsem.ts";
import { type AnyStep, type Step, step, STOPPED } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { checkHugetlbWalk, pageProt, protWrites, storeFlags } from "./vm-flags-checks.ts";
import { accessVma } from "./vma-access.ts";

/** Who a driver is: what its VMAs' vm_ops and vm_private_data point to. Null for core code, which owns every VMA. */
export type Driver = {
  readonly ops: string;
  readonly owner: string;
  /** Which of its pages it means: the one that belongs at this offset of its mapping, in pages. */
  readonly page?: number;
} | null;

/** What the head of vm_insert_page finds, where it is no errno: bits. */
export const INSERT = { SETS_MIXEDMAP: 1, WRITABLE: 2 } as const;

/**
 * The head of vm_insert_page: an errno, or bits of {@link INSERT}. Without VM_MIXEDMAP the kernel wants mmap_lock to be
 * write-locked, sets the flag itself, and stops with a BUG otherwise; what it asks is a read trylock, which a waiting
 * writer fails as well. On a new VMA the flag is set here: nobody else sees it.
 */
export const vmInsertPageBegin: Step<[VmaPtr, number, PagePtr, Driver], number> = step(
  "vm_insert_page",
  (tx, ptr, address, page, driver) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return ERRNO.EFAULT;
    checkOwner(tx, vma, ptr, driver, "inserts a page into");
    if (address < vma.start || address >= vma.end) return ERRNO.EFAULT;
    const flags = tx.read(vmaFlags.of(ptr.vma));
    const bare = (flags & VM.MIXEDMAP) === 0;
    if (bare && bugs(tx, vma, ptr, flags)) return STOPPED;
    checkKind(tx, ptr, flags);
    if (!pageMayBeInserted(tx, page)) return ERRNO.EINVAL;
    checkOffset(tx, vma, ptr, address, driver);
    if (bare && vma.state === "new") storeFlags(tx, vma, ptr, flags | VM.MIXEDMAP);
    const writable = protWrites(pageProt(tx, vma, ptr.vma));
    if (writable) checkMayWrite(tx, vma, ptr, address);
    return (bare && vma.state !== "new" ? INSERT.SETS_MIXEDMAP : 0) | (writable ? INSERT.WRITABLE : 0);
  },
);

/** The two BUG_ONs that a VMA without VM_MIXEDMAP meets. The first takes the read lock to find that it could. */
function bugs(tx: StepContext, vma: Vma, ptr: VmaPtr, flags: number): boolean {
  const name = vmaName(ptr);
  if (downReadTrylock(tx, mmapLock(vma.mm))) {
    tx.violate(
      INS_MIXED,
      name,
      `BUG_ON in vm_insert_page(${name}): no VM_MIXEDMAP, and nobody holds the write lock`,
      "S3",
    );
    return true;
  }
  if ((flags & VM.PFNMAP) !== 0) {
    tx.violate(INS_NOT_PFN, name, `BUG_ON in vm_insert_page(${name}), which has VM_PFNMAP`);
    return true;
  }
  if (vma.state !== "new") {
    const mine = holds(tx, tx.task, mmapLock(vma.mm).name)?.mode === "write";
    const message = `vm_insert_page sets VM_MIXEDMAP of ${name}, which is in use${mine ? "" : ", under a read lock"}`;
    tx.violate(INS_MIXED, name, message, mine ? "S6" : "S2");
  }
  return false;
}

function checkKind(tx: StepContext, ptr: VmaPtr, flags: number): void {
  const name = vmaName(ptr);
  if ((flags & VM.HUGETLB) !== 0) {
    tx.violate(INS_NOT_PFN, name, `a small page goes into ${name}, whose page tables are walked for huge ones`, "S0");
  }
  if ((flags & VM.PFNMAP) !== 0) {
    tx.violate(INS_NOT_PFN, name, `a counted page goes into ${name}, which has VM_PFNMAP and VM_MIXEDMAP`, "S6");
  }
}

/**
 * validate_page_before_insert: somebody holds it, as nobody does the later parts of a larger allocation, and it is
 * neither anonymous memory nor typed (slab …).
 */
function pageMayBeInserted(tx: StepContext, page: PagePtr): boolean {
  if (!pageIsLive(tx, page) || !hasRefs(tx, page)) return false;
  const type = tx.read(pageType.of(page.page));
  return type !== "anon" && type !== "slab";
}

/** A driver's page belongs at its offset of the mapping, wherever the VMA, or a part of it, lies now. */
function checkOffset(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number, driver: Driver): void {
  // In somebody else's VMA no place is the right one: that is OWNER's to say.
  if (driver?.page === undefined || vma.ops !== driver.ops || vma.owner !== driver.owner) return;
  const offset = vma.pgoff + pagesFrom(vma.start, address);
  if (offset === driver.page) return;
  const message = `${nameOf(driver)} means page ${driver.page}; ${hex(address)} of ${vmaName(ptr)} is the place of page ${offset}`;
  tx.violate(RIGHT_OFFSET, vmaName(ptr), message);
}

/** One more than the largest address of the machine. */
const WRAP = 2 ** 64;

/**
 * The head of zap_page_range_single and unmap_single_vma: the part of [address, address + size) inside the VMA, or null
 * when none is. `size` is a 64-bit number: a negative one is a size so large that the end wraps. Where the end comes
 * before the start, inside the VMA, unmap_page_range stops with a BUG.
 */
export const zapPageRangeBegin: Step<[VmaPtr, number, number, Driver], { start: number; end: number } | null> = step(
  "zap_page_range_single",
  (tx, ptr, address, size, driver) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return null;
    checkOwner(tx, vma, ptr, driver, "zaps");
    checkHugetlbWalk(tx, vma, ptr);
    const wraps = size < 0 || address + size >= WRAP;
    const end = address + size >= WRAP ? address + size - WRAP : address + size;
    const range = { start: Math.max(address, vma.start), end: Math.min(end, vma.end) };
    const nothing = range.start >= vma.end || range.end <= vma.start || range.start === range.end;
    const bug = !nothing && range.start > range.end;
    if (wraps || (driver !== null && (address < vma.start || end > vma.end))) {
      const what = wraps ? "wraps" : `is not inside ${vmaName(ptr)}`;
      tx.violate(RANGE, vmaName(ptr), `a zap of ${size} bytes from ${hex(address)} ${what}`, bug ? "S3" : "S6");
    }
    if (bug) return STOPPED;
    if (nothing) return null;
    checkOffset(tx, vma, ptr, range.start, driver);
    return range;
  },
);

/** What the Rust wrapper asks before it zaps: the range does not wrap and lies inside the VMA. rust/kernel/mm/virt.rs */
export const vmaContains: Step<[VmaPtr, number, number], boolean> = step("vma_contains", (tx, ptr, address, size) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || size < 0 || address + size >= WRAP) return false;
  return vma.start <= address && address + size <= vma.end;
});

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
  const whose = vma.ops === "" ? "anonymous memory" : nameOf(vma);
  tx.violate(OWNER, vmaName(ptr), `${nameOf(driver)} ${does} ${vmaName(ptr)}, which is ${whose}`);
}

function nameOf({ ops, owner }: { readonly ops: string; readonly owner: string }): string {
  return `${ops} ${owner}`.trim() || "a driver without vm_ops";
}

export const driverSteps: readonly AnyStep[] = [
  vmInsertPageBegin,
  zapPageRangeBegin,
  vmaContains,
  vmaDriver,
  readVmFlags,
];
