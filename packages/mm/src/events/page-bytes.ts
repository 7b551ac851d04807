import { PAGE_SIZE } from "../objects/address.ts";
import { pageBytes, type PagePtr } from "../objects/page.ts";
import type { StepContext } from "./step-context.ts";

/** The byte at this offset of the page. */
export function byteOf(tx: StepContext, { page, gen }: PagePtr, offset: number): number {
  const held = tx.read(pageBytes.of(page));
  return held.gen === gen ? (held.bytes[offset] ?? 0) : 0;
}

/** Stores one byte. */
export function storeByte(tx: StepContext, { page, gen }: PagePtr, offset: number, byte: number): void {
  const held = tx.read(pageBytes.of(page));
  const bytes = held.gen === gen ? held.bytes : {};
  if ((bytes[offset] ?? 0) !== byte) tx.write(pageBytes.of(page), { gen, bytes: { ...bytes, [offset]: byte } });
}

/** copy_user_highpage: the page holds what the other one holds. */
export function copyBytes(tx: StepContext, to: PagePtr, from: PagePtr): void {
  const held = tx.read(pageBytes.of(from.page));
  if (held.gen !== from.gen || Object.keys(held.bytes).length === 0) return;
  tx.write(pageBytes.of(to.page), { gen: to.gen, bytes: held.bytes });
}

/** zero_user_segment: from this offset on the page is zero. */
export function clearBytes(tx: StepContext, { page, gen }: PagePtr, from: number): void {
  const held = tx.read(pageBytes.of(page));
  if (held.gen !== gen) return;
  const kept = Object.entries(held.bytes).filter(([offset]) => Number(offset) < from);
  if (kept.length < Object.keys(held.bytes).length) {
    tx.write(pageBytes.of(page), { gen, bytes: Object.fromEntries(kept) });
  }
}

/** The offset of an address in its page. */
export function inPage(address: number): number {
  return address % PAGE_SIZE;
}
