import fc from "fast-check";
import type { Block, ProgramText, RuleText, ThreadText } from "./program-text.ts";
import { spinNames } from "./toy-machine.ts";

const spin = fc.constantFrom(...spinNames);
const word = fc.constantFrom("x", "y");
const bit = fc.integer({ min: 0, max: 1 });
const locks = fc.shuffledSubarray([...spinNames], { minLength: 2 });

/** Loops without a bound that may end, each with what it is for. */
const retries: fc.Arbitrary<Block> = fc.oneof(
  // A trylock until it succeeds.
  { weight: 3, arbitrary: spin.map((a): Block => [{ until: 1, act: ["trylock", a] }, ["unlock", a]]) },
  { weight: 1, arbitrary: spin.map((a): Block => [{ until: 1, act: ["trylock", a] }]) },
  // A flag that somebody else sets, or nobody.
  { weight: 2, arbitrary: fc.tuple(word, bit).map(([x, value]): Block => [{ until: value, act: ["load", x] }]) },
  { weight: 1, arbitrary: word.map((x): Block => [{ casAdd: x, by: 1 }]) },
  { weight: 1, arbitrary: bit.map((value): Block => [{ until: value, act: ["flip"] }]) },
  // One lock held while another is tried for; on failure all over again. As VM_FAULT_RETRY, with the lock dropped.
  { weight: 3, arbitrary: locks.map(([a, b]): Block => [{ forever: backOff(["lock", a!], a!, b!) }]) },
  {
    weight: 1,
    arbitrary: locks.map(([a, b]): Block => [
      { forever: [["trylock", a!], { if: 1, then: backOff(["touch", "x"], a!, b!), else: [] }] },
    ]),
  },
  // The shortest loop is not the first.
  {
    weight: 1,
    arbitrary: fc.tuple(word, word).map(([x, y]): Block => [
      {
        forever: [
          ["flip"],
          {
            if: 0,
            then: [
              ["load", x],
              ["load", x],
            ],
            else: [{ until: 2, act: ["load", y] }],
          },
        ],
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Block>([{ until: true, act: ["down_read_trylock", "s"] }, ["up_read", "s"]]),
  },
);

/** Leaves the endless loop around it when it gets both locks: z is never written. */
function backOff(first: Block[number], a: string, b: string): Block {
  const success: Block = [
    ["unlock", b],
    ["unlock", a],
    ["exit_if", "z", 0],
  ];
  return [first, ["trylock", b], { if: 1, then: success, else: [["unlock", a]] }];
}

/** What is over after a few steps, or waits. */
const straight: fc.Arbitrary<Block> = fc.oneof(
  fc.tuple(word, bit).map(([x, value]): Block => [["store", x, value]]),
  fc.tuple(word, fc.integer({ min: 0, max: 2 })).map(([x, value]): Block => [["await", x, value]]),
  spin.map((a): Block => [
    ["lock", a],
    ["unlock", a],
  ]),
  spin.map((a): Block => [["lock", a]]),
  fc.constantFrom("read", "write").map((mode): Block => [{ down: mode as "read", sem: "s" }, [`up_${mode}`, "s"]]),
  fc.tuple(word, bit).map(([x, value]): Block => [["exit_if", x, value]]),
  fc.tuple(word, bit).map(([x, value]): Block => [["bug_on", x, value]]),
);

/** One turn of a thread that never ends. */
const turns: fc.Arbitrary<Block> = fc.oneof(
  spin.map((a): Block => [
    ["lock", a],
    ["unlock", a],
  ]),
  spin.map((a): Block => [["trylock", a], { if: 1, then: [["unlock", a]], else: [] }]),
  word.map((x): Block => [
    ["store", x, 1],
    ["store", x, 0],
  ]),
  word.map((x): Block => [
    ["maybe_store", x, 1],
    ["maybe_store", x, 0],
  ]),
  word.map((x): Block => [["touch", x]]),
  fc.constantFrom("read", "write").map((mode): Block => [{ down: mode as "read", sem: "s" }, [`up_${mode}`, "s"]]),
  fc.constant<Block>([["touch", "w"]]),
  fc.tuple(word, bit).map(([x, value]): Block => [
    ["await", x, value],
    ["touch", "w"],
  ]),
);

const piece = fc.oneof({ weight: 3, arbitrary: retries }, { weight: 3, arbitrary: straight });

const finisher: fc.Arbitrary<ThreadText> = fc
  .array(piece, { minLength: 1, maxLength: 3 })
  .map((pieces) => ({ body: pieces.flat(), daemon: false }));

const endless = (daemon: boolean): fc.Arbitrary<ThreadText> =>
  fc.tuple(fc.oneof(fc.constant<Block>([]), straight), turns).map(([before, turn]) => ({
    body: [...before, { forever: turn }],
    daemon,
  }));

const threads: fc.Arbitrary<ThreadText[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(finisher, { minLength: 1, maxLength: 3 }) },
  {
    weight: 7,
    arbitrary: fc
      .tuple(fc.array(finisher, { minLength: 1, maxLength: 2 }), endless(true))
      .map(([some, last]) => [...some, last]),
  },
  { weight: 2, arbitrary: fc.tuple(endless(true), finisher, endless(true)).map((some) => some) },
  { weight: 1, arbitrary: fc.tuple(finisher, endless(false)).map((some) => some) },
);

/** Small programs that retry without a bound, wait for each other, and have daemons that never rest. */
export const cyclicProgram: fc.Arbitrary<ProgramText> = fc.record({
  initial: fc.oneof(fc.constant({}), fc.dictionary(word, bit)),
  threads,
  procedures: fc.constant([]),
  never: fc.constant([]),
  neverAtEnd: fc.subarray<RuleText>([
    [["x", 1]],
    [
      ["y", 1],
      ["x", 0],
    ],
  ]),
  noLeak: fc.constant(false),
});
