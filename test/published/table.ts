import type { PlainProgram, SchedulingOrder } from "@faultline/interleave";
import {
  casrot,
  casw,
  filesystem,
  floatingRead,
  increments,
  indexer,
  lastwrite,
  lastzero,
  mutexes,
  mutexHard,
  mutexVsTrylock,
  optLock,
  readers,
  rwsem,
  trylocks,
} from "./programs.ts";

/** A program and its number of Mazurkiewicz classes, published or measured with Nidhugg and Concuerror, or a closed form. */
export type Row = readonly [name: string, program: PlainProgram, classes: number];

export const orders: readonly SchedulingOrder[] = ["oldest", "newest", { seed: 20_140_122 }];

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** What every run of the tests holds engine `classes` against. */
export const table: readonly Row[] = [
  ...[1, 2, 3, 4, 6, 8, 10].map((n) => [`readers(${n})`, readers(n), 2 ** n] as const),
  ...[2, 5, 12, 28, 64, 144, 320, 704].map((runs, i) => [`lastzero(${i + 1})`, lastzero(i + 1), runs] as const),
  ["lastzero(10)", lastzero(10), 3328],
  ["lastzero(12)", lastzero(12), 15_360],
  ...[14, 15, 16, 17, 18, 19].map((n) => [`filesystem(${n})`, filesystem(n), 2 ** (n - 13)] as const),
  ...[11, 12, 13, 14, 15].map((n) => [`indexer(${n})`, indexer(n), 8 ** (n - 11)] as const),
  ...[2, 3, 4, 5, 6].map((n) => [`floating_read(${n})`, floatingRead(n), factorial(n + 1)] as const),
  ...[2, 3, 4, 5, 6].map((n) => [`lastwrite(${n})`, lastwrite(n), factorial(n)] as const),
  ...[2, 3, 4, 5].map((n) => [`ainc(${n}), result used`, increments(n, ["x"], true), factorial(n)] as const),
  ...[2, 3, 4, 5].map((n) => [`ainc(${n}), result dropped`, increments(n, ["x"], false), 1] as const),
  ...[2, 3, 4].map((n) => [`binc(${n})`, increments(n, ["x", "y"], true), factorial(n) ** 2] as const),
  ...[2, 5, 14, 43].map((runs, i) => [`casrot(${i + 2})`, casrot(i + 2), runs] as const),
  ...[6, 66, 1200].map((runs, i) => [`casw(${i + 2})`, casw(i + 2), runs] as const),
  ...[42, 126, 346].map((runs, i) => [`opt_lock(${i + 2})`, optLock(i + 2), runs] as const),
  ...[2, 3].map((n) => [`mutex_order(${n})`, mutexes(n, true), factorial(n)] as const),
  ...[2, 3].map((n) => [`mutex_deadlock(${n})`, mutexes(n, false), n] as const),
  ...[3, 15].map((runs, i) => [`mutex_vs_trylock(${i + 1})`, mutexVsTrylock(i + 1), runs] as const),
  ["trylock_unlock(3)", trylocks(3, true), 21],
  ["trylock_deadlock(3)", trylocks(3, false), 3],
  ["mutex_hard(3)", mutexHard(3), 4],
  ...(
    [
      [2, 1],
      [4, 1],
      [2, 2],
      [3, 2],
      [4, 2],
      [3, 3],
      [2, 0],
      [4, 0],
    ] as const
  ).map(([r, w]) => [`plain rwsem(${r}, ${w})`, rwsem(r, w), factorial(w) * (w + 1) ** r] as const),
];

/** What takes minutes: for `npm run published`. */
export const large: readonly Row[] = [
  ["readers(12)", readers(12), 2 ** 12],
  ["lastzero(15)", lastzero(15), 2 ** 13 * 18],
  ["filesystem(21)", filesystem(21), 2 ** 8],
  ["plain rwsem(6, 3)", rwsem(6, 3), 6 * 4 ** 6],
];
