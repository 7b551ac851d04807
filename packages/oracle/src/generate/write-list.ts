import fc from "fast-check";
import { parseOperation } from "../list/parse-operations.ts";
import type { ResultLine } from "../result/result-line.ts";
import type { Subject } from "../result/subject.ts";
import { Composer } from "./composer.ts";
import { Dice } from "./dice.ts";
import { LIST_KINDS, type ListKind } from "./list-kind.ts";

/** Numbers that one operation may use up. */
const NUMBERS = 24;

/** A list, and what the subject gave for it: nothing has to be done twice. */
export interface WrittenList {
  readonly kind: ListKind;
  readonly lines: readonly string[];
  /** What each operation gave: a child's line, if there is one, then its own. */
  readonly results: readonly (readonly ResultLine[])[];
}

/** The numbers behind one list, and which kind it is of. */
export type ListSeed = { readonly kind: ListKind; readonly numbers: readonly (readonly number[])[] };

/** Seeds of lists of this many operations, as fast-check draws them: all kinds in turn. */
export function listSeeds(seed: number, lists: number, operations: number): readonly ListSeed[] {
  const number = fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const row = fc.array(number, { minLength: NUMBERS, maxLength: NUMBERS });
  const list = fc.array(row, { minLength: operations, maxLength: operations });
  return fc
    .sample(list, { seed, numRuns: lists })
    .map((numbers, at) => ({ kind: LIST_KINDS[at % LIST_KINDS.length]!, numbers }));
}

/**
 * Writes a list operation by operation while the subject does it, so that each one meets what is there. Same numbers,
 * same subject: same list.
 */
export function writeList({ kind, numbers }: ListSeed, subject: Subject): WrittenList {
  const composer = new Composer(kind);
  const lines: string[] = [];
  const results: (readonly ResultLine[])[] = [];
  for (const row of numbers) {
    const text = composer.next(new Dice(row), results.at(-1)?.at(-1));
    lines.push(text);
    results.push(subject.run(parseOperation(text, lines.length)));
  }
  return { kind, lines, results };
}
