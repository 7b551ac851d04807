import type { Driver } from "../events/driver-steps.ts";
import { PAGE_SIZE } from "../objects/address.ts";

/** An allocator as procedures are given it: what never changes once its buffer is mapped. */
export type BinderHandle = {
  readonly alloc: number;
  readonly mm: number;
  /** Which driver: `binder` or `rust_binder`. */
  readonly ops: string;
  /** Where the buffer is mapped, in bytes. */
  readonly start: number;
  readonly pages: number;
};

/** What the allocator's own VMAs point to; and the page that is meant, where one is. */
export function driverOf({ alloc, ops }: BinderHandle, page?: number): NonNullable<Driver> {
  const driver = { ops, owner: `binder${alloc}` };
  return page === undefined ? driver : { ...driver, page };
}

/** Address of the allocator's page with this index. */
export function addressOf({ start }: BinderHandle, index: number): number {
  return start + index * PAGE_SIZE;
}

/** Which allocator a VMA's vm_private_data names. */
export function allocOf(owner: string): number {
  return Number(owner.replace(/\D/g, ""));
}
