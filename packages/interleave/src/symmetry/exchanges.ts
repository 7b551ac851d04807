import type { Program } from "../program.ts";
import { type Alike, namedOf } from "./alike.ts";
import { permutation, type Renaming } from "./rename.ts";

/** A way to exchange the threads of a set among each other, and their pages with them. */
export interface Exchange {
  /** By thread of the set: the one that takes its place. */
  readonly moves: ReadonlyMap<number, number>;
  readonly there: Renaming;
  readonly back: Renaming;
}

/** Threads with pages of their own of which all exchanges are looked at. */
const FEW = 4;

/**
 * Exchanges by which steps are held against each other. Of threads with pages of their own, all, where they are few:
 * others name pages as they like. Else those of neighbours, which make all others.
 */
export function exchangesOf(program: Program, alike: Alike): Exchange[] {
  return alike.sets.flatMap((members) => {
    const all = members.length <= FEW && alike.pages.has(members[0]!);
    const orders = all ? permutations(members).slice(1) : members.slice(1).map((_, i) => neighbours(members, i));
    return orders.map((order): Exchange => {
      const [from, to] = [members, order].map((threads) => threads.map((thread) => namedOf(program, alike, thread)));
      const moves = new Map(members.map((thread, i) => [thread, order[i]!]));
      return { moves, there: permutation(from!, to!), back: permutation(to!, from!) };
    });
  });
}

/** All orders of a list, the given one first. */
function permutations(items: readonly number[]): (readonly number[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** The list with this member and the next one exchanged. */
function neighbours(members: readonly number[], at: number): number[] {
  return members.toSpliced(at, 2, members[at + 1]!, members[at]!);
}
