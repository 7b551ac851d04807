import type { Program, Thread } from "@faultline/interleave";
import {
  BLOCKED,
  component,
  createMachine,
  hex,
  type Kind,
  PAGE_SIZE,
  type Ref,
  type Rule,
  Snapshot,
  step,
  type Step,
  type StepContext,
  type Steps,
  STOPPED,
  taskCount,
  type Value,
} from "@faultline/mm";
import fc from "fast-check";
import { renameEntries } from "../../packages/mm/src/store/page-names.ts";

// Programs in which threads of one text work on pages of their own, beside threads that work on ranges of pages, on
// words, and now and then on one page that is not theirs.

/** First byte of the first page. */
export const FIRST = 0x10000;

/** A page's number, and the task that has it locked, 0 when nobody has. */
const page: Kind<number> = component("toy-page:#", 0, {}, { ids: [0] });
const pageLock: Kind<number> = component<number>(
  "toy-page-lock:#",
  0,
  { value: (task, rename) => (task === 0 ? 0 : rename(task)) },
  { ids: [0] },
);
/** Pages that somebody put on a list, in ascending order. */
type Entry = { readonly at: number; readonly value: number };
const list: Ref<readonly Entry[]> = component<readonly Entry[]>(
  "toy-list",
  [],
  {},
  {
    value: (entries, rename) => renameEntries(entries, rename, ({ value }) => String(value)),
  },
).of();
/** The page noted last; 0: none. Says nothing of pages, though it has one. */
const secret: Ref<number> = component("toy-secret", 0).of();
const words: Readonly<Record<string, Ref<number>>> = {
  x: component("toy-page-x", 0).of(),
  y: component("toy-page-y", 0).of(),
};

const bug: Rule = { name: "TOY-PAGE-BUG", severity: "S3", wording: "BUG_ON is not hit", source: "toy" };

function* pagesFrom(at: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield at + i * PAGE_SIZE;
}

/** Puts what a page has on the list. */
function listed(tx: StepContext, at: number): void {
  const entries = tx.read(list).filter((one) => one.at !== at);
  tx.write(
    list,
    [...entries, { at, value: tx.read(page.of(at)) }].sort((a, b) => a.at - b.at),
  );
}

/** Steps on one page, on a range of them, and on words; numbers are 0 to 3. */
export const steps = {
  load_page: step("load_page", (tx, at: number) => tx.read(page.of(at))),
  store_page: step("store_page", (tx, at: number, value: number) => {
    tx.write(page.of(at), value);
    return null;
  }),
  add_page: step("add_page", (tx, at: number, by: number) => {
    tx.write(page.of(at), (tx.read(page.of(at)) + by) % 4);
    return null;
  }),
  await_page: step("await_page", (tx, at: number, value: number) => (tx.read(page.of(at)) === value ? null : BLOCKED)),
  lock_page: step("lock_page", (tx, at: number) => {
    if (tx.read(pageLock.of(at)) !== 0) return BLOCKED;
    tx.write(pageLock.of(at), tx.task);
    return null;
  }),
  unlock_page: step("unlock_page", (tx, at: number) => {
    tx.write(pageLock.of(at), 0);
    return null;
  }),
  list_page: step("list_page", (tx, at: number) => {
    listed(tx, at);
  }),
  bug_on_page: step("bug_on_page", (tx, at: number, value: number) => {
    if (tx.read(page.of(at)) !== value) return null;
    tx.violate(bug, `pte:0:${hex(at)}`, `is ${value}`);
    return STOPPED;
  }),
  tell: step("tell", (tx, at: number) => {
    tx.write(secret, at);
    return null;
  }),
  told: step("told", (tx, at: number) => tx.read(secret) === at),
  all_set: step("all_set", (tx, at: number, count: number, value: number) => {
    for (const one of pagesFrom(at, count)) tx.write(page.of(one), value);
    return null;
  }),
  zap: step("zap", (tx, at: number, count: number) => {
    for (const one of pagesFrom(at, count)) {
      if (tx.read(page.of(one)) === 0) continue;
      listed(tx, one);
      tx.write(page.of(one), 0);
    }
    return null;
  }),
  // Looks no further than to the first.
  any: step("any", (tx, at: number, count: number, value: number) => {
    for (const one of pagesFrom(at, count)) if (tx.read(page.of(one)) === value) return true;
    return false;
  }),
  // The number of the first page that has it: not what the exchange of pages leaves as it is.
  first: step("first", (tx, at: number, count: number, value: number) => {
    return [...pagesFrom(at, count)].findIndex((one) => tx.read(page.of(one)) === value);
  }),
  drain: step("drain", (tx, word: string) => {
    tx.write(
      words[word]!,
      tx.read(list).reduce((sum, { value }) => (sum + value) % 4, 0),
    );
    tx.write(list, []);
    return null;
  }),
  set_listed: step("set_listed", (tx, value: number) => {
    for (const { at } of tx.read(list)) tx.write(page.of(at), value);
    return null;
  }),
  load: step("load", (tx, word: string) => tx.read(words[word]!)),
  store: step("store", (tx, word: string, value: number) => {
    tx.write(words[word]!, value);
    return null;
  }),
  bug_on: step("bug_on", (tx, word: string, value: number) => {
    if (tx.read(words[word]!) !== value) return null;
    tx.violate(bug, word, `is ${value}`);
    return STOPPED;
  }),
  choose: step("choose", (tx) => (tx.choose("yes", "no") === "yes" ? 1 : 0)),
};

/** A step with its arguments; "mine", "mine too", "next" (the next thread's) and "all" stand for pages and a range. */
export type PageAct = readonly [op: keyof typeof steps, ...args: (number | string)[]];
/** After a step whose result is 0, or false, the next so many are left out. */
type Line = readonly [act: PageAct, skips: number];
export interface PageProgramText {
  /** What each of the alike threads does. */
  readonly body: readonly Line[];
  /** How many there are, and how many pages each has. */
  readonly twins: number;
  readonly pagesEach: 1 | 2;
  /** What the others do. */
  readonly others: readonly (readonly Line[])[];
  /** What pages have in the beginning, one after the other. */
  readonly initial: readonly number[];
}

export const machine = createMachine({
  steps: Object.values(steps),
  stateRules: [],
  endRules: [],
});

/** The program: the alike threads come first. */
export function pageProgram({ body, twins, pagesEach, others, initial }: PageProgramText): Program {
  const count = twins * pagesEach;
  const bodies = [
    ...Array.from({ length: twins }, (_, i) => ({ lines: body, mine: FIRST + i * pagesEach * PAGE_SIZE })),
    ...others.map((lines) => ({ lines, mine: FIRST })),
  ];
  const threads = bodies.map(({ lines, mine }, i): Thread => ({
    task: i + 1,
    name: `t${i + 1}`,
    start: function* (): Steps<void> {
      yield* run(lines, mine, pagesEach, count);
    },
    daemon: false,
  }));
  const pages = initial.slice(0, count).map((value, i) => [page.of(FIRST + i * PAGE_SIZE), value] as const);
  return {
    machine,
    initial: Snapshot.empty.with(new Map<Ref, Value>([[taskCount, threads.length + 1], ...pages])),
    threads,
  };
}

function* run(lines: readonly Line[], mine: number, pagesEach: number, count: number): Steps<void> {
  let skip = 0;
  for (const [[op, ...args], skips] of lines) {
    if (skip-- > 0) continue;
    const given = args.flatMap((arg): Value[] => {
      if (arg === "mine") return [mine];
      if (arg === "mine too") return [mine + (pagesEach - 1) * PAGE_SIZE];
      if (arg === "next") return [mine + pagesEach * PAGE_SIZE];
      return arg === "all" ? [FIRST, count] : [arg];
    });
    const result = yield* (steps[op] as unknown as Step<Value[], Value>)(...given);
    skip = result === 0 || result === false ? skips : 0;
  }
}

const value = fc.integer({ min: 0, max: 2 });
const word = fc.constantFrom("x", "y");
const act = (op: PageAct[0], ...args: fc.Arbitrary<string | number>[]): fc.Arbitrary<PageAct> =>
  fc.tuple(...args).map((all): PageAct => [op, ...all]);
const line = (of: fc.Arbitrary<PageAct>): fc.Arbitrary<Line> => fc.tuple(of, fc.integer({ min: 0, max: 2 }));

const onWords = [act("load", word), act("store", word, value), act("bug_on", word, value), act("choose")];

function onPage(at: fc.Arbitrary<string>): fc.Arbitrary<PageAct>[] {
  return [
    act("load_page", at),
    act("store_page", at, value),
    act("add_page", at, value),
    act("await_page", at, value),
    act("lock_page", at),
    act("unlock_page", at),
    act("list_page", at),
    act("bug_on_page", at, value),
  ];
}

const all = fc.constant("all");
const onAll = [
  act("all_set", all, value),
  act("zap", all),
  act("any", all, value),
  act("drain", word),
  act("set_listed", value),
  ...onWords,
];
/** What may tell pages apart. */
const telling = [act("first", all, value), act("tell", fc.constant("mine")), act("told", fc.constant("mine"))];

/** Now and then somebody tells pages apart. */
export const randomPageProgram: fc.Arbitrary<PageProgramText> = fc
  .tuple(fc.constantFrom<1 | 2>(1, 1, 2), fc.integer({ min: 0, max: 5 }))
  .chain(([pagesEach, unfair]) => {
    const mine = pagesEach === 1 ? fc.constant("mine") : fc.constantFrom("mine", "mine too");
    const own = fc.oneof(
      ...onPage(mine),
      ...onPage(mine),
      ...onPage(mine),
      ...onWords,
      ...(unfair === 1 ? telling : []),
    );
    const others = fc.oneof(...onAll, ...(unfair === 2 ? [...telling, ...onPage(fc.constant("mine"))] : []));
    return fc.record({
      body: fc.array(line(own), { minLength: 1, maxLength: 4 }),
      twins: fc.integer({ min: 2, max: 3 }),
      pagesEach: fc.constant(pagesEach),
      others: fc.array(fc.array(line(others), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
      initial: fc.oneof(
        fc.constant(Array.from({ length: 6 }, () => 0)),
        fc.constant(Array.from({ length: 6 }, () => 1)),
        value.map((one) => Array.from({ length: 6 }, () => one)),
        fc.array(value, { minLength: 6, maxLength: 6 }),
      ),
    });
  });
