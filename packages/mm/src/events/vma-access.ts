import { namesOf } from "../store/name-cache.ts";
import { hasAddressSpace, mmDumper } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { type Vma, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { MM_ACCESS } from "../rules/mm-life.ts";
import { VMA_GEN, VMA_LIVE, VW_NEEDS_MMW } from "../rules/vma-life.ts";
import { touchMm } from "./mm-steps.ts";
import { rmapKeeps } from "./rmap.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Any touch of a VMA through a pointer. Checks that the memory still holds that VMA and that something keeps it so.
 * @returns the VMA, or undefined when its memory was freed or recycled: what the kernel would then do is anybody's guess
 */
export function accessVma(tx: StepContext, ptr: VmaPtr): Vma | undefined {
  const vma = vmaMemory(tx, ptr);
  if (vma !== undefined && !stabilised(tx, vma, ptr)) {
    const name = vmaName(ptr);
    tx.violate(VMA_LIVE, name, `${tx.op} uses ${name}, which is ${vma.state} and which no lock it holds keeps alive`);
  }
  return vma;
}

/** What a pointer to a VMA points to, whatever keeps it so; undefined when its memory was freed or recycled. */
export function vmaMemory(tx: StepContext, ptr: VmaPtr): Vma | undefined {
  const vma = tx.read(vmaSlot.of(ptr.vma));
  if (vma.gen === ptr.gen && vma.state !== "free") return vma;
  const name = vmaName(ptr);
  if (vma.gen !== ptr.gen) {
    tx.violate(VMA_GEN, name, `${tx.op} uses ${name}, but that memory now holds generation ${vma.gen}`);
  } else {
    tx.violate(VMA_LIVE, name, `${tx.op} uses ${name} after it was freed`);
  }
  return undefined;
}

function stabilised(tx: StepContext, vma: Vma, ptr: VmaPtr): boolean {
  if (vma.state !== "attached") return vma.by === tx.task || rmapKeeps(tx, tx.task, vma, ptr);
  return (
    holds(tx, tx.task, mmapLock(vma.mm).name) !== undefined ||
    holds(tx, tx.task, vmaLockName(ptr.vma)) !== undefined ||
    rmapKeeps(tx, tx.task, vma, ptr) ||
    tx.read(mmDumper.of(vma.mm)) === tx.task
  );
}

/** The name under which a task holds a VMA's read lock. */
export const vmaLockName: (vma: number) => string = namesOf((vma) => `vma:${vma}/lock`);

/** Any look into an address space: only by its own process, or with a reference on its users. */
export function accessMm(tx: StepContext, mm: number): void {
  touchMm(tx, mm);
  if (!hasAddressSpace(tx, tx.task, mm)) {
    tx.violate(MM_ACCESS, `mm:${mm}`, `${tx.op} looks into mm:${mm} without a reference on its users`);
  }
}

/** What only the holder of mmap_write_lock may do. */
export function needsWriteLock(tx: StepContext, mm: number, what: string | VmaPtr): void {
  if (holds(tx, tx.task, mmapLock(mm).name)?.mode !== "write") {
    const object = typeof what === "string" ? what : vmaName(what);
    tx.violate(VW_NEEDS_MMW, object, `${tx.op} on ${object} without mmap_write_lock of mm:${mm}`);
  }
}
