import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeSlot, type Vma, vmaSlot, withoutProt, withRange, withState } from "../src/objects/vma.ts";
import { canonical } from "../src/index.ts";

const number = fc.nat(100);
/** Mostly absent: a VMA that lacks all such fields, or has one alone, is the common case. */
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const vma: fc.Arbitrary<Vma> = fc
  .record({
    ...{ gen: number, mm: number, start: number, end: number, pgoff: number },
    state: fc.constantFrom<Vma["state"]>("free", "new", "attached", "detached"),
    by: fc.option(number),
    ops: fc.constantFrom("", "binder"),
    owner: fc.constantFrom("", "alloc0"),
    file: fc.option(number),
    refused: maybe(fc.nat(7)),
    prot: maybe(fc.nat(7)),
    guard: maybe(fc.constant(true as const)),
    sealed: maybe(fc.constant(true as const)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Vma);

describe("copies of a VMA, written out, are what spread would make", () => {
  it("in another state", () => {
    fc.assert(
      fc.property(vma, fc.option(number), (one, by) => {
        expect(withState(one, "detached", by)).toStrictEqual({ ...one, state: "detached", by });
      }),
    );
  });

  it("over another range", () => {
    fc.assert(
      fc.property(vma, number, number, number, number, (one, start, end, pgoff, gen) => {
        expect(withRange(one, start, end, pgoff)).toStrictEqual({ ...one, start, end, pgoff });
        expect(withRange(one, start, end, pgoff, gen)).toStrictEqual({ ...one, start, end, pgoff, gen });
      }),
    );
  });

  it("without a vm_page_prot of its own", () => {
    fc.assert(
      fc.property(vma, (one) => {
        const { prot: _prot, ...rest } = one;
        expect(withoutProt(one)).toStrictEqual(rest);
      }),
    );
  });

  it("freed: nothing but its generation is left", () => {
    expect(canonical(freeSlot(3))).toBe(canonical({ ...vmaSlot.initial, gen: 3 }));
  });
});
