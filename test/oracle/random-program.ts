import fc from "fast-check";
import { type Act, type Block, isAct, type ProgramText, type RuleText, type Statement } from "./program-text.ts";
import { spinNames, wordNames } from "./toy-machine.ts";

type Words = readonly [string, ...string[]];

/** Threads that share nothing are what a reduction thrives on, threads that share all are where it may go wrong. */
const scopes: fc.Arbitrary<Words> = fc.constantFrom<Words[]>(
  ["x"],
  ["y"],
  ["z"],
  ["w"],
  ["x", "y"],
  ["y", "z"],
  ["z", "x"],
  ["x", "y", "z", "w"],
);

const value = fc.integer({ min: 0, max: 3 });
const bit = fc.integer({ min: 0, max: 1 });
const spin = fc.constantFrom(...spinNames);
const anyWord = fc.constantFrom(...wordNames);
const sem = fc.constant("s");

const act = (op: string, ...args: fc.Arbitrary<string | number>[]): fc.Arbitrary<Act> =>
  fc.tuple(...args).map((all): Act => [op, ...all]);

/** A single step that never blocks for good on its own account. */
function plainAct(words: Words): fc.Arbitrary<Act> {
  const word = fc.constantFrom(...words);
  return fc.oneof(
    { weight: 3, arbitrary: act("load", word) },
    { weight: 5, arbitrary: act("store", word, bit) },
    { weight: 2, arbitrary: act("fetch_add", word, fc.constantFrom(1, 3)) },
    { weight: 2, arbitrary: act("compare_exchange", word, bit, value) },
    { weight: 1, arbitrary: act("touch", word) },
    { weight: 1, arbitrary: act("copy", word, word) },
    { weight: 1, arbitrary: act("load_via", word) },
    { weight: 1, arbitrary: act("expect", word, bit) },
    { weight: 1, arbitrary: act("flip") },
    { weight: 2, arbitrary: act("maybe_store", word, bit) },
  );
}

/** Steps that wait, end the thread, or are out of place. */
function wildAct(words: Words): fc.Arbitrary<Act> {
  const word = fc.constantFrom(...words);
  return fc.oneof(
    { weight: 4, arbitrary: act("await", word, bit) },
    { weight: 1, arbitrary: act("await_either", word, word) },
    { weight: 1, arbitrary: act("await_both", word, word) },
    { weight: 1, arbitrary: act("wait_which", word, word, word) },
    { weight: 2, arbitrary: act("wait_or_skip", word, bit) },
    { weight: 1, arbitrary: act("bug_on", word, value) },
    { weight: 1, arbitrary: act("exit_if", word, bit) },
    { weight: 1, arbitrary: act("load", anyWord) },
    { weight: 1, arbitrary: act("trylock", spin) },
    { weight: 1, arbitrary: act("lock", spin) },
    { weight: 1, arbitrary: act("unlock", spin) },
    { weight: 1, arbitrary: act("down_read_trylock", sem) },
    { weight: 1, arbitrary: act("down_write_trylock", sem) },
    { weight: 1, arbitrary: act("up_read", sem) },
    { weight: 1, arbitrary: act("up_write", sem) },
  );
}

const acts = (words: Words, max: number): fc.Arbitrary<Act[]> => fc.array(plainAct(words), { maxLength: max });
const someActs = (words: Words, max: number): fc.Arbitrary<Act[]> =>
  fc.array(plainAct(words), { minLength: 1, maxLength: max });

/** Locks held around a few steps: taken for good, by trylock, or by spinning on a trylock. */
function spinSection(words: Words): fc.Arbitrary<Block> {
  const inside = acts(words, 2);
  const take = (name: string): Act => ["lock", name];
  const drop = (name: string): Act => ["unlock", name];
  return fc.oneof(
    fc.tuple(spin, inside).map(([a, body]): Block => [take(a), ...body, drop(a)]),
    fc
      .tuple(fc.shuffledSubarray([...spinNames], { minLength: 2 }), acts(words, 1))
      .map(([[a, b], body]): Block => [take(a!), take(b!), ...body, drop(b!), drop(a!)]),
    fc.tuple(spin, inside).map(([a, body]): Block => [["trylock", a], { if: 1, then: [...body, drop(a)], else: [] }]),
    fc.tuple(spin, inside).map(([a, body]): Block => [{ until: 1, act: ["trylock", a] }, ...body, drop(a)]),
  );
}

/** The fair rwsem held around a few steps, recursively now and then. */
function semSection(words: Words): fc.Arbitrary<Block> {
  const mode = fc.constantFrom("read" as const, "write" as const);
  return fc.oneof(
    fc.tuple(mode, acts(words, 1)).map(([down, body]): Block => [{ down, sem: "s" }, ...body, [`up_${down}`, "s"]]),
    fc
      .tuple(plainAct(words), acts(words, 1))
      .map(([first, body]): Block => [
        { down: "write", sem: "s" },
        first,
        ["downgrade_write", "s"],
        ...body,
        ["up_read", "s"],
      ]),
    fc
      .tuple(mode, plainAct(words))
      .map(([down, body]): Block => [
        [`down_${down}_trylock`, "s"],
        { if: true, then: [body, [`up_${down}`, "s"]], else: [] },
      ]),
    fc.constant<Block>([{ down: "read", sem: "s" }, { down: "read", sem: "s" }, ["up_read", "s"], ["up_read", "s"]]),
  );
}

/** Objects made, passed on, used and freed, not always in this order. */
const poolSection: fc.Arbitrary<Block> = fc.oneof(
  fc
    .subarray<Act>([["publish"], ["use"], ["free"], ["alloc"], ["use"], ["free"]], { minLength: 1 })
    .map((rest): Block => [["alloc"], ...rest]),
  fc.subarray<Act>([["use"], ["free"]], { minLength: 1 }).map((rest): Block => [["fetch"], ...rest]),
  fc
    .subarray<Act>([["use"], ["publish"], ["free"]], { minLength: 1 })
    .map((rest): Block => [{ frame: [["flip"], ["alloc"]], gives: "handle" }, ...rest]),
);

/** Frames, calls, branches and loops. */
function structure(words: Words): fc.Arbitrary<Statement> {
  const word = fc.constantFrom(...words);
  const gives = fc.constantFrom("nothing" as const, "last" as const);
  const oneStep = plainAct(words);
  return fc.oneof(
    fc.record({ frame: fc.array(inFrame(words), { minLength: 1, maxLength: 3 }), gives }),
    fc.record({ call: bit }),
    fc.record({ if: fc.oneof(value, fc.constantFrom(null, true)), then: acts(words, 2), else: acts(words, 2) }),
    fc.record({ until: bit, act: oneStep }),
    fc.record({ casAdd: word, by: fc.constant(1) }),
    fc.record({ times: fc.integer({ min: 0, max: 2 }), body: turn(words) }),
    fc.record({ forever: turn(words) }),
  );
}

/** A turn of a loop: one step at least, so that no loop goes round for nothing. */
function turn(words: Words): fc.Arbitrary<Block> {
  return fc
    .tuple(plainAct(words), fc.array(inFrame(words), { maxLength: 1 }))
    .map(([first, rest]): Block => [first, ...rest]);
}

/** What stands inside a frame: steps, and a frame, call or loop within. */
function inFrame(words: Words): fc.Arbitrary<Statement> {
  return fc.oneof(
    { weight: 6, arbitrary: plainAct(words) },
    { weight: 1, arbitrary: wildAct(words) },
    { weight: 1, arbitrary: fc.record({ call: bit }) },
    { weight: 1, arbitrary: fc.record({ frame: someActs(words, 2), gives: fc.constant("last") }) },
    { weight: 1, arbitrary: fc.record({ times: bit, body: someActs(words, 1) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        if: fc.oneof(value, fc.constantFrom(null, true)),
        then: acts(words, 1),
        else: acts(words, 1),
      }),
    },
  );
}

/** About how many steps a thread takes once through. */
function length(block: Block): number {
  const one = (statement: Statement): number => {
    if (isAct(statement)) return 1;
    if ("if" in statement) return Math.max(length(statement.then), length(statement.else));
    if ("frame" in statement) return length(statement.frame);
    if ("times" in statement) return statement.times * length(statement.body);
    if ("forever" in statement) return length(statement.forever);
    return 1;
  };
  return block.reduce((sum, statement) => sum + one(statement), 0);
}

/** What a program is mostly about: with everything equally likely, three threads would hardly meet at one lock. */
type Theme = "words" | "waits" | "structure" | "spin" | "sem" | "pool";

function body(theme: Theme): fc.Arbitrary<Block> {
  const weigh = (own: Theme, usual: number): number => (own === theme ? 12 : usual);
  const single = (arbitrary: fc.Arbitrary<Statement>): fc.Arbitrary<Block> => arbitrary.map((one) => [one]);
  return scopes
    .chain((words) => {
      const piece = fc.oneof(
        { weight: weigh("words", 6), arbitrary: single(plainAct(words)) },
        { weight: weigh("waits", 2), arbitrary: single(wildAct(words)) },
        { weight: weigh("structure", 2), arbitrary: single(structure(words)) },
        { weight: weigh("spin", 2), arbitrary: spinSection(words) },
        { weight: weigh("sem", 1), arbitrary: semSection(words) },
        { weight: weigh("pool", 1), arbitrary: poolSection },
      );
      return fc.array(piece, { minLength: 1, maxLength: 4 });
    })
    .map((pieces) => pieces.flat())
    .filter((block) => length(block) >= 2 && length(block) <= 6);
}

const themes: fc.Arbitrary<Theme> = fc.constantFrom<Theme[]>("words", "waits", "structure", "spin", "sem", "pool");

const threads: fc.Arbitrary<ProgramText["threads"]> = fc
  .tuple(
    themes.chain((theme) => fc.array(body(theme), { minLength: 2, maxLength: 3 })),
    fc.constantFrom(false, false, true),
    fc.constantFrom(false, false, false, false, true),
  )
  .map(([bodies, twins, daemon]) => {
    const all = twins ? [bodies[0]!, ...bodies.slice(0, 2)] : bodies;
    return all.map((one, i) => ({ body: one, daemon: daemon && i === all.length - 1 }));
  });

const rule: fc.Arbitrary<RuleText> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("x", "y", "z", "w", "a"), bit), {
    minLength: 2,
    maxLength: 3,
    selector: ([name]) => name,
  })
  // A rule that holds from the start says little.
  .filter((cells) => cells.some(([, wanted]) => wanted !== 0));

const rules = (max: number): fc.Arbitrary<RuleText[]> =>
  fc.uniqueArray(rule, { maxLength: max, selector: (cells) => JSON.stringify(cells) });

/** Small programs for two or three threads, many of them faulty. */
export const randomProgram: fc.Arbitrary<ProgramText> = fc.record({
  initial: fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom("x", "y"), bit)),
  threads,
  procedures: fc
    .tuple(scopes, scopes)
    .chain(([first, second]) => fc.tuple(...[first, second].map((words) => procedureText(words)))),
  never: rules(2),
  neverAtEnd: rules(1),
  noLeak: fc.boolean(),
});

function procedureText(words: Words): fc.Arbitrary<ProgramText["procedures"][number]> {
  return fc.record({
    body: acts(words, 2),
    gives: fc.constantFrom("nothing" as const, "last" as const),
  });
}
