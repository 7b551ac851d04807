import { readVmFlags, vmaDriver } from "../events/driver-steps.ts";
import { vmaArea } from "../events/vma-steps.ts";
import type { Context } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { zapPageRangeSingle } from "../kernel/zap.ts";
import { PAGE_SIZE, TASK_SIZE } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import type { RustBinderGeneration } from "./rust-generation.ts";

/** Whether the VMA found may be used: the driver's own, where the generation asks. page_range.rs, check_vma() */
export const checkVma: Procedure<Context, [BinderHandle, RustBinderGeneration, VmaPtr], boolean> = procedure(
  "check_vma",
  function* (_k, binder: BinderHandle, gen: RustBinderGeneration, vma: VmaPtr) {
    if (!gen.checkVma) return true;
    const found = yield* vmaDriver(vma);
    const own = driverOf(binder);
    return found !== null && found.ops === own.ops && found.owner === own.owner;
  },
);

/** VmaRef::as_mixedmap_vma: whether VM_MIXEDMAP is set. rust/kernel/mm/virt.rs */
export const asMixedmapVma: Procedure<Context, [VmaPtr], boolean> = procedure(
  "as_mixedmap_vma",
  function* (_k, vma: VmaPtr) {
    return ((yield* readVmFlags(vma)) & VM.MIXEDMAP) !== 0;
  },
);

/**
 * VmaRef::zap_page_range_single of one page: does nothing, silently, when the range wraps or is not inside the VMA.
 * rust/kernel/mm/virt.rs
 */
export const zapPageChecked: Procedure<Context, [BinderHandle, VmaPtr, number], null> = procedure(
  "VmaRef::zap_page_range_single",
  function* (k, binder: BinderHandle, vma: VmaPtr, index: number) {
    const address = addressOf(binder, index);
    const { start, end } = yield* vmaArea(vma);
    if (address < start || address + PAGE_SIZE > end || address + PAGE_SIZE > TASK_SIZE) return null;
    return yield* zapPageRangeSingle(k, binder.mm, vma, address, PAGE_SIZE, driverOf(binder, index));
  },
);
