import { LANES } from "../space/fingerprint.ts";

const MULTIPLIERS = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const;

/**
 * Mixes four lanes so that sums of mixed words tell sets of them apart: each bit of the input changes about half of the
 * output. Words of 128 bits are taken as random after it, as fingerprints take theirs.
 */
export function mixLanes(from: Int32Array, at: number, to: Int32Array): void {
  let a = from[at]!;
  let b = from[at + 1]!;
  let c = from[at + 2]!;
  let d = from[at + 3]!;
  for (let round = 0; round < 2; round++) {
    a = scramble((a + b + round + 1) | 0, MULTIPLIERS[0]);
    b = scramble((b + c + a) | 0, MULTIPLIERS[1]);
    c = scramble((c + d + b) | 0, MULTIPLIERS[2]);
    d = scramble((d + a + c) | 0, MULTIPLIERS[3]);
    a = (a + d) | 0;
  }
  to[at] = a;
  to[at + 1] = b;
  to[at + 2] = c;
  to[at + 3] = d;
}

function scramble(word: number, multiplier: number): number {
  let x = Math.imul(word ^ (word >>> 16), multiplier);
  x = Math.imul(x ^ (x >>> 13), 0x9e3779b1);
  return x ^ (x >>> 16);
}

/** Order of two words of {@link LANES} lanes in one array. */
export function compareLanes(words: Int32Array, a: number, b: number): number {
  for (let lane = 0; lane < LANES; lane++) {
    const difference = words[a + lane]! - words[b + lane]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
