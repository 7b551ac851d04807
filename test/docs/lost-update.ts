import { plainProgram, type Program } from "@faultline/interleave";
import { again, done } from "@faultline/mm";

/** Two threads add 1 to x. One reads, then writes; the other swaps until nobody came between. */
export const lostUpdate: Program = plainProgram({
  init: { x: 40 },
  threads: {
    *careless(k) {
      const x = Number(yield* k.readOnce("x"));
      yield* k.writeOnce("x", x + 1);
    },
    *careful(k) {
      yield* k.loop<number, null>(40, function* (expected) {
        const found = Number(yield* k.cmpxchg("x", expected, expected + 1));
        return found === expected ? done() : again(found);
      });
    },
  },
});
