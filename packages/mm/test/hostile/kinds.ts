import fc from "fast-check";
import { apiGenerations, type Value, VM } from "../../src/index.ts";
import { FIELD_LOCKS } from "../../src/events/field-locks.ts";

const PAGE = 4096;
const TABLE = 512 * PAGE;

/** Few of each, so that steps meet: some that are there, some that were and are gone, some that never were. */
const mm = fc.constantFrom(0, 1, 2, 9);
const vma = fc.record({ vma: fc.constantFrom(0, 1, 2, 3, 9), gen: fc.constantFrom(1, 2, 0, 7) });
const page = fc.record({ page: fc.constantFrom(0, 1, 2, 9), gen: fc.constantFrom(1, 2, 0, 7) });
const bool = fc.boolean();
const alloc = fc.constantFrom(0, 1, 9);
const index = fc.constantFrom(0, 1, 7, -1);
const address = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0x10000, 0x11000, 0x12000, 0x20000, TABLE, 2 * TABLE) },
  { weight: 1, arbitrary: fc.constantFrom(0, -PAGE, 0x10001, 0x10800, 2 ** 47 - PAGE, 2 ** 52) },
);
const flags = fc
  .subarray(Object.values(VM), { minLength: 0, maxLength: 4 })
  .map((bits) => bits.reduce((all, bit) => all | bit, 0));
const drivers = ["", "binder", "rust_binder", "lazy_binder", "other", "shmem", "hugetlb"];
const owners = ["", "binder0", "binder1", "other0"];
const types = [...apiGenerations].flatMap(([api, { types }]) => Object.keys(types).map((type) => [api, type] as const));
const methods = [...apiGenerations.values()].flatMap(({ types }) =>
  Object.values(types).flatMap((type) => Object.keys(type.methods)),
);

/** What a step's parameter may be given, by the kind of the parameter: the right type, and nothing else right. */
export const kinds = {
  mm,
  mmOrNull: fc.option(mm),
  vma,
  vmaOrNull: fc.option(vma),
  vmas: fc.array(vma, { maxLength: 3 }),
  page,
  pageOrNull: fc.option(page),
  bool,
  alloc,
  index,
  address,
  flags,
  /** A length in bytes, also none, wrapped, and not of whole pages. */
  length: fc.constantFrom(PAGE, 2 * PAGE, TABLE, 0, 1, -PAGE, 2 ** 52),
  count: fc.constantFrom(1, 2, 0, -1),
  task: fc.constantFrom(1, 2, 0, 9),
  lock: fc.constantFrom(
    ...["a0", "b0", "alloc0", "binder_lru", "folio_lock0", "page_table_lock0", "mm_lock0", "range0"],
    ...["ptl.0.0", "ptl.0.1", "ptl.1.0", "swap_lock"],
  ),
  rwsem: fc.constantFrom("s0", "i_mmap0", "i_mmap1", "anon_vma0", "anon_vma1"),
  name: fc.constantFrom("x", "y", "range0"),
  /** Words that hold numbers: a step that adds to a text is malformed. */
  counter: fc.constantFrom("n", "m"),
  names: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
  words: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom<Value>(0, 1, "text", null), { maxKeys: 2 }),
  value: fc.constantFrom<Value>(0, 1, -1, null, true, "text", [1], { a: 1 }),
  integer: fc.constantFrom(1, -1, 0, 2 ** 40),
  inode: fc.constantFrom(0, 1, 9),
  file: fc.constantFrom(0, 1, 9),
  slot: fc.constantFrom(0, 1, 9, -1),
  ctx: fc.constantFrom(1, 2),
  ctxOrNull: fc.constantFrom(1, 2, null),
  id: fc.constantFrom(1, 2, 0, 9),
  ops: fc.constantFrom(...drivers),
  owner: fc.constantFrom(...owners),
  holder: fc.constantFrom("fd", "vma0", "vma1", "borrowed", "nobody"),
  mmFlag: fc.constantFrom("unstable", "oom_skip", "core_dumping", "mdwe"),
  failure: fc.constantFrom("page", "vma", "fatal-signal"),
  uffdMode: fc.constantFrom("missing", "wp", "wp-async"),
  uffdEvent: fc.constantFrom("fork", "remap", "remove", "unmap"),
  uffdEvents: fc.subarray(["fork", "remap", "remove", "unmap"]),
  walk: fc.constantFrom("once", "start", "resume"),
  tree: fc.constantFrom("maple", "rbtree"),
  field: fc.constantFrom(...Object.keys(FIELD_LOCKS)),
  access: fc.constantFrom("read", "write"),
  where: fc.constantFrom("here", "pte_mkwrite", "vma_start_read"),
  pageType: fc.constantFrom("", "anon", "file", "driver", "slab", "pfn"),
  api: fc.constantFrom(...apiGenerations.keys()),
  method: fc.constantFrom(...methods, "no_such_method"),
  driver: fc.option(
    fc.record(
      { ops: fc.constantFrom(...drivers), owner: fc.constantFrom(...owners), page: index },
      { requiredKeys: ["ops", "owner"] },
    ),
  ),
  item: fc.record({ alloc, index }),
  work: fc.record({
    work: fc.constant("____fput"),
    file: fc.constantFrom(0, 9),
    ops: fc.constant("binder"),
    owner: fc.constantFrom(...owners),
  }),
  range: fc.record({
    mm,
    start: address,
    end: address,
    flags,
    pgoff: fc.constantFrom(0, 1, -1),
    ops: fc.constantFrom(...drivers),
    owner: fc.constantFrom(...owners),
    file: fc.constantFrom(null, 0, 9),
    self: fc.option(vma),
    rule: fc.record({ anon: fc.constantFrom("target-single", "any-single"), first: fc.constantFrom("prev", "next") }),
  }),
} satisfies Record<string, fc.Arbitrary<unknown>>;

/** A type of handle that a generation has: the one pair of arguments that must fit together to be well-formed. */
export const handleTypes: fc.Arbitrary<readonly [string, string]> = fc.constantFrom(...types);

export type KindName = keyof typeof kinds;
