import { Relation } from "./integer-bases.ts";

// How the integer of an event is written that is not as predicted: a code that says what it is told from, and how far
// it is from that. The lowest digit, to base 5, is the way:
//   0  it is the integer so many places back, less one
//   1, 2, 3, 4  it differs by so much from that of Relation.last, previous, successor, sameCall

const WAYS = 5;
const RELATIONS: readonly number[] = [Relation.last, Relation.previous, Relation.successor, Relation.sameCall];

/** Addresses mostly differ by whole pages. */
const PAGE = 4096;

/** The relations that a difference can be from, in the order of their numbers. */
export { RELATIONS as codedRelations };

/** The code of an integer that stood so many places back. */
export function distanceCode(distance: number): number {
  return WAYS * (distance - 1);
}

/** The code of an integer that differs from what a relation gives. @param way index in {@link codedRelations} */
export function differenceCode(way: number, difference: number): number {
  const pages = difference % PAGE === 0;
  const part = pages ? difference / PAGE : difference;
  const zigzag = part < 0 ? -2 * part - 1 : 2 * part;
  return WAYS * (2 * zigzag + (pages ? 0 : 1)) + way + 1;
}

/** The relation that a code names. */
export function relationOf(code: number): number {
  const way = code % WAYS;
  return way === 0 ? (code - way) / WAYS + 1 : RELATIONS[way - 1]!;
}

/** How far the integer is from what the relation gives. */
export function differenceOf(code: number): number {
  const way = code % WAYS;
  if (way === 0) return 0;
  const packed = (code - way) / WAYS;
  const zigzag = Math.floor(packed / 2);
  const part = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  return packed % 2 === 0 ? part * PAGE : part;
}
