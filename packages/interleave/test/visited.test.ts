import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FingerprintSet } from "../src/space/visited.ts";

/** Far more states than the table has places for at first, so that it grows several times. */
const STATES = 40_000;
/** Of states that all belong to one place: they stand in a row, across the table's end too. */
const CROWD = 2000;

/** @param spread lanes are below it, either way; 0: any lanes */
function fingerprint(state: number, spread: number): Int32Array {
  let word = state;
  return Int32Array.from({ length: 4 }, () => {
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return spread === 0 ? word : word % spread;
  });
}

const noText = (): string => "";

describe("the table of visited states", () => {
  it.each([
    ["without masks", STATES, 0, Infinity],
    ["with masks from the beginning", STATES, 0, 0],
    ["with masks from the middle on", STATES, 0, STATES / 2],
    ["crowded about one place", CROWD, 64, CROWD / 2],
  ])("has what was stored and nothing else, %s", (_, states, spread, masksFrom) => {
    const set = new FingerprintSet();
    const stored = new Map<string, number>();
    for (let state = 1; state <= states; state++) {
      const print = fingerprint(state % 1000 === 0 ? state / 2 : state, spread);
      const key = print.join();
      expect(set.lookup(print)).toBe(stored.get(key) ?? -1);
      const mask = state < masksFrom ? 0 : state % 7;
      set.store(print, noText, mask);
      stored.set(key, mask);
    }
    expect(set.size).toBe(stored.size);
    const again = FingerprintSet.restore(undefined, set.record() as Parameters<typeof FingerprintSet.restore>[1]);
    for (let state = 1; state <= states; state++) {
      const print = fingerprint(state, spread);
      const wanted = stored.get(print.join()) ?? -1;
      expect(set.lookup(print)).toBe(wanted);
      expect(again.lookup(print)).toBe(wanted);
    }
    expect(again.size).toBe(set.size);
  });

  it("takes at most 48 bytes a state once it has grown", () => {
    const set = new FingerprintSet();
    for (let state = 1; state <= STATES; state++) {
      set.store(fingerprint(state, 0), noText, 1);
      if (set.size > 4096) expect(set.bytes / set.size).toBeLessThan(48);
    }
  });

  it("tells states apart by the bits that it keeps", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 128 }),
        fc.array(fc.integer(), { minLength: 4, maxLength: 4 }),
        (bits, lanes) => {
          fc.pre(lanes.slice(0, 3).some((lane) => lane !== 0));
          const set = new FingerprintSet(bits);
          set.store(Int32Array.from(lanes), noText, 5);
          for (let bit = 0; bit < 128; bit++) {
            const other = Int32Array.from(lanes);
            other[bit >>> 5] = other[bit >>> 5]! ^ (1 << (bit & 31));

            expect(set.lookup(other)).toBe(bit < bits ? -1 : 5);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
