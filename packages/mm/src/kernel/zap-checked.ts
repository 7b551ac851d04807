import { type Driver, vmaContains } from "../events/driver-steps.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { zapPageRangeSingle } from "./zap.ts";

/**
 * VmaRef::zap_page_range_single: the same as its namesake, but a range that wraps or is not inside the VMA is silently
 * left alone. rust/kernel/mm/virt.rs
 */
export const zapPageRangeChecked: Procedure<Context, [number, VmaPtr, number, number, Driver], null> = procedure(
  "VmaRef::zap_page_range_single",
  function* (k, mm: number, vma: VmaPtr, address: number, size: number, driver: Driver) {
    if (!(yield* vmaContains(vma, address, size))) return null;
    return yield* zapPageRangeSingle(k, mm, vma, address, size, driver);
  },
);
