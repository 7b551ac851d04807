import { type Body, type ExploreOptions, type Program, scenario } from "@faultline/interleave";
import { frame, PAGE_SIZE, Snapshot, type Steps, taskCount, type Value, violationKey, VM } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerOf, exploreBy, upTo } from "./oracle/answers.ts";
import { bruteForce, type BruteForce } from "./oracle/brute-force.ts";
import { FIRST, machine, pageProgram, type PageProgramText, randomPageProgram, steps } from "./oracle/page-programs.ts";
import { follow } from "./oracle/world.ts";

const maxStates = 3000;
const budget = { transitions: 200_000 };

/** By all reductions, by symmetry alone, and without pages. */
const ways: readonly ExploreOptions[] = [
  {},
  { persistentSets: false, macroSteps: false },
  { persistentSets: false, macroSteps: false, sleepSets: false },
  { sleepSets: false },
  { fullKeys: true },
  { memo: false, sleepSets: false },
  { pageSymmetry: false },
];

function compare(
  program: Program,
  found: BruteForce,
  options: ExploreOptions,
): { states: number; pages: number; why: boolean } {
  const expected = answerOf(found);
  const { exploration, ...answer } = exploreBy({ budget, ...options }, program);
  const by = JSON.stringify(options);
  const { alike, pages, whyNotAlike } = exploration.reductions;
  expect(upTo(program, alike, answer, pages), by).toEqual(upTo(program, alike, expected, pages));
  for (const { violation, events } of exploration.findings) {
    expect(follow(program, events), by).toContain(`${violation.task} ${violationKey(violation)}`);
  }
  return { states: exploration.states, pages: pages.length, why: whyNotAlike !== undefined };
}

const AT = 0x10000;
const faulters = scenario<object, number>({
  title: "faulters on pages of their own, and a thread that unmaps all",
  profile: "linux-6.12",
  variants: { two: {} },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: AT, length: 2 * PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    return mm;
  },
  threads: (mm) => ({
    unmap: { mm, run: (k) => k.munmap(mm, AT, 2 * PAGE_SIZE) },
    ...Object.fromEntries(
      [0, 1].map((i): [string, Body] => [`fault${i}`, { mm, run: (k) => k.pageFault(mm, AT + i * PAGE_SIZE, true) }]),
    ),
  }),
});

describe("threads that are alike but for their pages", () => {
  it("give what brute force gives, on random programs", { timeout: 600_000 }, () => {
    const seed = 20_260_520;
    let [programs, paged, told, states, kept] = [0, 0, 0, 0, 0];
    const property = fc.property(randomPageProgram, (text) => {
      const program = pageProgram(text);
      const all = bruteForce(program, maxStates);
      fc.pre(all !== undefined);
      programs++;
      for (const options of ways) {
        const found = compare(program, all, options);
        if (options.pageSymmetry === false) expect(found.pages).toBe(0);
        if (Object.keys(options).length > 0) continue;
        if (found.why) told++;
        if (found.pages === 0) continue;
        paged++;
        kept += found.states;
        states += compare(program, all, { pageSymmetry: false }).states;
      }
    });
    fc.assert(property, { seed, numRuns: 300 });
    console.log(
      `seed ${seed}: ${programs} programs, ${paged} with exchanged pages, of whose ${states} states ${kept} are left; ` +
        `in ${told} something tells alike threads apart`,
    );
    expect(paged).toBeGreaterThan(150);
    expect(told).toBeGreaterThan(10);
    expect(kept).toBeLessThan(0.62 * states);
  });

  const plain = { twins: 2, pagesEach: 1, initial: [0, 0, 0, 0, 0, 0] } as const;
  const found = (text: PageProgramText, options: ExploreOptions = {}): ReturnType<typeof compare> => {
    const program = pageProgram(text);
    return compare(program, bruteForce(program)!, options);
  };

  it("are not, where somebody looks at one page, and looked at it before when all were the same", () => {
    const { pages, why } = found({
      ...plain,
      body: [
        [["await_page", "mine", 1], 0],
        [["store_page", "mine", 0], 0],
      ],
      others: [
        [[["all_set", "all", 1], 0]],
        [
          [["load_page", "mine"], 2],
          [["any", "all", 0], 1],
          [["store", "x", 1], 0],
        ],
      ],
    });
    expect({ pages, why }).toEqual({ pages: 0, why: true });
  });

  it("are not, where the initial state tells their pages apart, or a value does that says nothing of pages", () => {
    const body: PageProgramText["body"] = [
      [["add_page", "mine", 1], 0],
      [["tell", "mine"], 0],
      [["bug_on_page", "mine", 2], 0],
    ];
    const others: PageProgramText["others"] = [[[["zap", "all"], 0]]];
    expect(found({ ...plain, body: body.toSpliced(1, 1), others }).pages).toBe(1);
    expect(found({ ...plain, body: body.toSpliced(1, 1), others, initial: [0, 1, 0, 0, 0, 0] }).pages).toBe(0);
    expect(found({ ...plain, body, others })).toMatchObject({ pages: 0, why: true });
  });

  it("are not, where one names the other's page, though the other does as much at another place", () => {
    // The first of them never sees its page as the second may.
    const text: PageProgramText = {
      ...plain,
      initial: [1, 1, 1, 1, 1, 1],
      body: [
        [["bug_on_page", "mine", 0], 0],
        [["add_page", "mine", 3], 0],
        [["add_page", "mine", 1], 0],
        [["bug_on_page", FIRST, 0], 0],
      ],
      others: [[[["load", "x"], 0]]],
    };
    const { pages, why } = found(text, { persistentSets: false, macroSteps: false, sleepSets: false });
    expect({ pages, why }).toEqual({ pages: 0, why: true });
  });

  it("are not, where a page would go with two of them, whoever checks it", () => {
    const body: PageProgramText["body"] = [
      [["add_page", "mine", 1], 0],
      [["add_page", "next", 1], 0],
    ];
    const others: PageProgramText["others"] = [[[["zap", "all"], 0]]];
    expect(found({ ...plain, body, others })).toMatchObject({ pages: 0, why: false });
  });

  it("are not, where what one forgets makes a difference to the other", () => {
    const storing = (mine: number, other: number): (() => Steps<void>) =>
      function* () {
        const at = yield* frame(function* () {
          const x = (yield* steps.load("x")) as Value;
          return x === 0 ? mine : other;
        });
        yield* steps.store_page(at, 2);
      };
    const setting = function* (): Steps<void> {
      yield* steps.store("x", 1);
    };
    const starts = [storing(FIRST, FIRST), storing(FIRST + PAGE_SIZE, FIRST), setting];
    const program: Program = {
      machine,
      initial: Snapshot.empty.with(new Map([[taskCount, 4]])),
      threads: starts.map((start, i) => ({ task: i + 1, name: `t${i + 1}`, start, daemon: false })),
    };
    expect(compare(program, bruteForce(program)!, {})).toMatchObject({ pages: 0 });
  });

  it("may have several pages each, and need not name theirs in their first step", () => {
    const body: PageProgramText["body"] = [
      [["load", "x"], 0],
      [["add_page", "mine", 1], 0],
      [["list_page", "mine too"], 0],
      [["load_page", "mine too"], 0],
    ];
    const others: PageProgramText["others"] = [
      [
        [["zap", "all"], 0],
        [["drain", "x"], 0],
      ],
    ];
    expect(found({ ...plain, twins: 3, pagesEach: 2, body, others }).pages).toBe(2);
  });

  it("are told which of its pages a thread is meant by", () => {
    // In the end a thread has forgotten which of them it took; the list has not.
    const choosing = (first: number): (() => Steps<void>) =>
      function* () {
        const at = yield* frame(function* () {
          return ((yield* steps.choose()) as Value) === 1 ? first : first + PAGE_SIZE;
        });
        yield* steps.store_page(at, 1);
      };
    const setting = function* (): Steps<void> {
      yield* steps.zap(FIRST, 4);
      yield* steps.set_listed(2);
    };
    const starts = [choosing(FIRST), choosing(FIRST + 2 * PAGE_SIZE), setting];
    const program: Program = {
      machine,
      initial: Snapshot.empty.with(new Map([[taskCount, 4]])),
      threads: starts.map((start, i) => ({ task: i + 1, name: `t${i + 1}`, start, daemon: false })),
    };
    for (const options of ways) {
      const expected = options.pageSymmetry === false ? 0 : 2;
      expect(compare(program, bruteForce(program)!, options).pages).toBe(expected);
    }
  });

  it("are faulters on a page each of one VMA, beside a thread that unmaps it", () => {
    const { program } = faulters.instantiate("two");
    const { exploration, ...answer } = exploreBy({ budget }, program);
    const { alike, pages } = exploration.reductions;
    expect(pages).toEqual([{ threads: ["fault0", "fault1"], pages: ["0x10000", "0x11000"] }]);
    const { exploration: apart, ...expected } = exploreBy({ budget, pageSymmetry: false }, program);
    expect(apart.reductions.pages).toEqual([]);
    expect(exploration.states).toBeLessThan(0.7 * apart.states);
    expect(upTo(program, alike, answer, pages)).toEqual(upTo(program, alike, expected, pages));
  });
});
