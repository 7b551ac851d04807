/** Bytes in a page. */
export const PAGE_SIZE = 4096;
/** Bytes that one page table of the lowest level maps. */
export const TABLE_SPAN: number = 512 * PAGE_SIZE;
/** End of the address space of a user process with four-level tables: the last page is never mapped. */
export const TASK_SIZE = 0x7fff_ffff_f000;

export { hexOf as hex } from "../store/page-names.ts";

/** The address rounded down to its page. */
export function pageStart(address: number): number {
  return address - (address % PAGE_SIZE);
}

/** Whole pages from one address to another, as a shift by PAGE_SHIFT counts them. */
export function pagesFrom(start: number, address: number): number {
  return Math.floor((address - start) / PAGE_SIZE);
}

/** The length rounded up to whole pages. */
export function pageAlign(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}
