import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonical,
  component,
  conflicts,
  ObservedTransaction,
  type Ref,
  refOfKey,
  sameValue,
  Snapshot,
  stateHash,
  Table,
  type Value,
  ValueError,
} from "../src/index.ts";

const cell = component<Value>("store-test/cell:#", null);
const pair = component<{ a: number; list: readonly number[] }>("store-test/pair:#/of:#", { a: 0, list: [] });

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

describe("values", () => {
  it("are equal exactly when their canonical texts are", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(sameValue(a, b)).toBe(canonical(a) === canonical(b));
        expect(sameValue(a, JSON.parse(canonical(a)) as Value)).toBe(true);
      }),
    );
  });

  it("have one spelling whatever the order of their keys", () => {
    expect(canonical({ b: 1, a: [true, null, "x"] })).toBe('{"a":[true,null,"x"],"b":1}');
    expect(canonical(-0)).toBe("0");
  });

  it.each([[undefined], [1.5], [2 ** 53], [NaN], [() => 1], [new Map()], [10n]])("do not include %s", (odd) => {
    expect(() => canonical(odd as unknown as Value)).toThrow(ValueError);
  });
});

describe("components", () => {
  it("are found by the key that they print", () => {
    expect(pair.of(3, "0x1000").key).toBe("store-test/pair:3/of:0x1000");
    expect(refOfKey("store-test/pair:3/of:0x1000")).toBe(pair.of(3, "0x1000"));
    expect(refOfKey("store-test/cell:7")).toBe(cell.of(7));
    expect(refOfKey("store-test/unheard-of:7")).toBeUndefined();
  });

  it("cannot be declared twice", () => {
    expect(() => component("store-test/cell:#", 1)).toThrow("declared twice");
  });

  it("refuse ids that would make keys ambiguous", () => {
    expect(() => cell.of("a:b")).toThrow();
    expect(() => cell.of("a/b")).toThrow();
    expect(() => cell.of(1, 2)).toThrow();
  });
});

describe("snapshots", () => {
  it("share what did not change and leave out what is initial", () => {
    const one = Snapshot.empty.with(new Map<Ref, Value>([[cell.of(1), { x: 1 }]]));
    const two = one.with(new Map<Ref, Value>([[cell.of(2), 5]]));
    expect(two.get(cell.of(1))).toBe(one.get(cell.of(1)));
    expect(two.with(new Map<Ref, Value>([[cell.of(2), null]])).encode()).toBe(one.encode());
    expect(Object.isFrozen(two.get(cell.of(1)))).toBe(true);
  });

  it("hash alike whatever the order of writes, and as they did on other machines", () => {
    const writes = (keys: number[]): Map<Ref, Value> => new Map(keys.map((key) => [cell.of(key), { key }]));
    const [a, b] = [Snapshot.empty.with(writes([1, 2, 3])), Snapshot.empty.with(writes([3, 1, 2]))];
    expect(stateHash(a)).toBe(stateHash(b));
    // sha256 of 'store-test/cell:1 {"key":1}\n…', computed with another program.
    expect(a.encode()).toBe('store-test/cell:1 {"key":1}\nstore-test/cell:2 {"key":2}\nstore-test/cell:3 {"key":3}\n');
    expect(stateHash(Snapshot.empty)).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it("come back from plain data", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), values)), (entries) => {
        const state = Snapshot.empty.with(new Map(entries.map(([id, value]) => [cell.of(id), value])));
        expect(Snapshot.fromPlain(state.toPlain()).encode()).toBe(state.encode());
      }),
    );
    expect(() => Snapshot.fromPlain([["store-test/unheard-of:1", 1]])).toThrow("unheard-of");
  });

  it("agree with a table in place", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), values)), (entries) => {
        const table = new Table();
        let state = Snapshot.empty;
        for (const [id, value] of entries) {
          const write = new Map<Ref, Value>([[cell.of(id), value]]);
          table.apply(write);
          state = state.with(write);
        }
        expect(table.snapshot().encode()).toBe(state.encode());
        expect(table.encode()).toBe(state.encode());
      }),
    );
  });
});

describe("transactions", () => {
  const state = Snapshot.empty.with(new Map<Ref, Value>([[pair.of(1, 1), { a: 1, list: [1] }]]));

  it("note the first read of each component and leave the source alone", () => {
    const tx = new ObservedTransaction(state);
    tx.update(pair.of(1, 1), ({ list }) => ({ a: 2, list: [...list, 2] }));
    tx.write(cell.of(1), 7);
    expect(tx.read(cell.of(1))).toBe(7);
    expect(tx.read(pair.of(1, 1))).toEqual({ a: 2, list: [1, 2] });
    expect([...tx.reads].map(([ref, value]) => [ref.key, value])).toEqual([
      ["store-test/pair:1/of:1", { a: 1, list: [1] }],
    ]);
    expect([...tx.writes.keys()].map((ref) => ref.key)).toEqual(["store-test/pair:1/of:1", "store-test/cell:1"]);
    expect(state.get(pair.of(1, 1))).toEqual({ a: 1, list: [1] });
  });

  it("take plain data only, however deep it lies", () => {
    const tx = new ObservedTransaction(state);
    for (const wrong of [
      { a: 0.5, list: [] },
      { a: 1, list: [NaN] },
      { a: undefined, list: [] },
    ]) {
      expect(() => tx.write(pair.of(1, 1), wrong as never)).toThrow(ValueError);
    }
    expect(tx.writes.size).toBe(0);
  });

  it("count an update as a write even when nothing changes", () => {
    const tx = new ObservedTransaction(state);
    tx.update(pair.of(1, 1), (value) => value);
    expect(tx.writes.size).toBe(1);
  });

  it("conflict when one writes what the other touches", () => {
    const footprint = (reads: number[], writes: number[]): { reads: Set<Ref>; writes: Set<Ref> } => ({
      reads: new Set(reads.map((id) => cell.of(id))),
      writes: new Set(writes.map((id) => cell.of(id))),
    });
    expect(conflicts(footprint([1], []), footprint([1], []))).toBe(false);
    expect(conflicts(footprint([1], []), footprint([], [1]))).toBe(true);
    expect(conflicts(footprint([], [1]), footprint([], [1]))).toBe(true);
    expect(conflicts(footprint([1], [2]), footprint([3], [4]))).toBe(false);
  });
});
