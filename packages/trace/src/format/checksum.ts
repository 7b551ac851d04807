import { createHash } from "node:crypto";

/** Bytes of a block's checksum. */
export const SUM_BYTES = 8;

/**
 * The first 8 bytes of SHA-256 (FIPS 180-4). Chosen over CRC-32 because Node computes it in native code (its zlib has
 * crc32 only from version 22), every language has it, its test vectors are published, and 64 bits of it leave
 * nothing to chance in files that are kept as evidence. It is no signature: who can write the file can write the sum.
 *
 * A block's sum covers the 8 bytes before the block, that is, the sum of its predecessor: the sums form a chain, so
 * that a block which is swapped, repeated, missing or from another file is found without reading anything else.
 */
export function checksum(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest().subarray(0, SUM_BYTES);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
