/**
 * Fingerprints: the exclusive or of one pseudo-random 128-bit word per (slot, value), so that a step changes a state's
 * fingerprint by what it writes. With n states the chance that any two different ones share a fingerprint is at most
 * n²/2^129, the words taken as random.
 */
export const LANES = 4;

/** Copies four lanes: a call of TypedArray.set takes longer than the copy. */
export function copyLanes(from: Int32Array, at: number, to: Int32Array, toAt: number): void {
  to[toAt] = from[at]!;
  to[toAt + 1] = from[at + 1]!;
  to[toAt + 2] = from[at + 2]!;
  to[toAt + 3] = from[at + 3]!;
}

/** Writes the word of (slot, value) to `out` at `at`. Value 0, a slot's initial one, has the word 0. */
export function wordOf(slot: number, value: number, out: Int32Array, at: number): void {
  if (value === 0) {
    out.fill(0, at, at + LANES);
    return;
  }
  // sfc32, seeded with the pair; twelve rounds mix the seed through all lanes, as its author advises.
  let a = slot | 0;
  let b = value | 0;
  let c = 0x6d6d_0f11;
  let counter = 1;
  for (let round = -12; round < LANES; round++) {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    if (round >= 0) out[at + round] = sum;
  }
}

/** The bound on the chance of a collision among n stored states, as a power of two rounded up: -80 means 2^-80. */
export function collisionBound(states: number, bits: number): number {
  return states < 2 ? -Infinity : Math.ceil(2 * Math.log2(states) - (bits + 1));
}
