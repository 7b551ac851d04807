import fc from "fast-check";
import type { Act, Block, ProgramText } from "./program-text.ts";
import { spinNames, wordNames } from "./toy-machine.ts";

const word = fc.constantFrom(...wordNames.slice(0, 3));
const spin = fc.constantFrom(...spinNames);
const bit = fc.integer({ min: 0, max: 1 });

const act = (op: string, ...args: fc.Arbitrary<string | number>[]): fc.Arbitrary<Block> =>
  fc.tuple(...args).map((all): Block => [[op, ...all] as Act]);

/** Steps with several outcomes, conditions on several words, and what makes them wait, go on, or choose anew. */
const piece: fc.Arbitrary<Block> = fc.oneof(
  { weight: 4, arbitrary: act("store", word, bit) },
  { weight: 2, arbitrary: act("load", word) },
  { weight: 2, arbitrary: act("fetch_add", word, fc.constant(1)) },
  { weight: 1, arbitrary: act("compare_exchange", word, bit, bit) },
  { weight: 1, arbitrary: act("load_via", word) },
  { weight: 2, arbitrary: act("maybe_store", word, bit) },
  { weight: 3, arbitrary: act("wait_or_skip", word, bit) },
  { weight: 3, arbitrary: act("wait_which", word, word, word) },
  { weight: 1, arbitrary: act("flip") },
  { weight: 1, arbitrary: act("await", word, bit) },
  { weight: 1, arbitrary: act("await_either", word, word) },
  { weight: 2, arbitrary: act("await_both", word, word) },
  {
    weight: 1,
    arbitrary: spin.map((a): Block => [
      ["lock", a],
      ["unlock", a],
    ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(spin, act("store", word, bit))
      .map(([a, then]): Block => [["trylock", a], { if: 1, then: [...then, ["unlock", a]], else: [] }]),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("read" as const, "write" as const)
      .map((down): Block => [{ down, sem: "s" }, [`up_${down}`, "s"]]),
  },
);

const body: fc.Arbitrary<Block> = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map((pieces) => pieces.flat())
  .filter(({ length }) => length <= 5);

/** Small programs that end, for two to four threads, with many steps that choose or wait. */
export const choiceProgram: fc.Arbitrary<ProgramText> = fc.record({
  initial: fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom("x", "y"), bit)),
  threads: fc
    .array(body, { minLength: 2, maxLength: 4 })
    .map((bodies) => bodies.map((one) => ({ body: one, daemon: false }))),
  procedures: fc.constant([]),
  never: fc.constant([]),
  neverAtEnd: fc.constant([]),
  noLeak: fc.constant(false),
});
