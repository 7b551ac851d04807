import { PAGE_SIZE } from "../objects/address.ts";

// What a system call is given: registers of 64 bits, unsigned. Sums wrap as they do in the kernel; what is known to lie
// below TASK_SIZE becomes a number.

/** End of the address space, as a register. */
export const TASK_END = 0x7fff_ffff_f000n;
const PAGE = BigInt(PAGE_SIZE);

/** A sum or difference as the machine computes it. */
export function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** PAGE_ALIGN: 0 for a length that rounds up beyond 64 bits. */
export function pageAlign64(length: bigint): bigint {
  return wrap(length + PAGE - 1n) & ~(PAGE - 1n);
}

/** offset_in_page. */
export function offsetInPage(address: bigint): bigint {
  return address & (PAGE - 1n);
}
