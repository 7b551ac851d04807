import fc from "fast-check";
import { expect, it } from "vitest";
import { withNumber } from "../src/objects/ascending.ts";
import { refsWithout } from "../src/objects/refs.ts";
import { IdMap } from "../src/store/id-map.ts";
import { namesOf, namesOfPairs, ofName } from "../src/store/name-cache.ts";

const number = fc.oneof(fc.nat(5), fc.integer(), fc.double(), fc.constantFrom(4095, 4096, 50_000, 2 ** 31, 2 ** 32));

it("a name that is remembered is the name that would be spelt", () => {
  const one = namesOf((a) => `a${a}`);
  const two = namesOfPairs((a, b) => `${a}.${b}`);
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(one(a)).toBe(`a${a}`);
      // A map takes -0 for 0, which is spelt alike.
      expect(two(a, b)).toBe(`${a}.${b}`);
    }),
  );
});

it("goes on spelling when there are too many names to remember", () => {
  let spelt = 0;
  const two = namesOfPairs((a, b) => `${a}.${b}.${spelt++}`);
  for (let i = 0; i < 50_000; i++) two(1, i);
  expect(two(1, 0)).toBe("1.0.0");
  expect(two(1, 49_999)).toBe("1.49999.49999");
  expect(two(2, 0)).not.toBe(two(2, 0));
});

it("what is made of a name is made once, and anew where there are too many names to remember", () => {
  let made = 0;
  const make = ofName((name) => ({ name, nth: made++ }));
  expect(make("a")).toBe(make("a"));
  for (let i = 1; i < 50_000; i++) make(`n${i}`);
  expect(make("a")).toEqual({ name: "a", nth: 0 });
  expect(make("b")).toEqual({ name: "b", nth: 50_000 });
  expect(make("b")).toEqual({ name: "b", nth: 50_001 });
});

it("goes on spelling numbers that are too large to remember", () => {
  let spelt = 0;
  const one = namesOf((a) => `${a}.${spelt++}`);
  expect(one(49_999)).toBe(one(49_999));
  for (const large of [50_000, 2 ** 31, 2 ** 47, -1, 0.5]) expect(one(large)).not.toBe(one(large));
});

it("a map by id is a map", () => {
  const id = fc.oneof(number, fc.constantFrom("0", "x"));
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.nat())), id, (entries, asked) => {
      const map = new IdMap<number>();
      for (const [key, value] of entries) map.set(key, value);
      const expected = new Map<number | string, number>(entries);
      for (const key of [asked, ...expected.keys()]) expect(map.get(key)).toBe(expected.get(key));
    }),
  );
});

it("a number takes its place in an ascending list", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (list, one) => {
      const ascending = list.sort((a, b) => a - b);
      expect(withNumber(ascending, one)).toEqual([...ascending, one].sort((a, b) => a - b));
    }),
  );
});

it("a holder that lets go of one reference keeps the others, and is gone with its last", () => {
  const holder = fc.constantFrom("task1", "task2", "lru", "anon_vma0");
  const refs = fc.dictionary(holder, fc.integer({ min: 1, max: 3 }), { noNullPrototype: true });
  fc.assert(
    fc.property(refs, holder, (held, one) => {
      const before = { ...held };
      const left = refsWithout(held, one);
      expect(held).toEqual(before);
      const { [one]: own = 0, ...others } = before;
      expect(left).toEqual(own > 1 ? { ...others, [one]: own - 1 } : others);
    }),
  );
});
