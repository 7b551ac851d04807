import type { Snapshot } from "@faultline/mm";
import type { Program } from "../program.ts";
import { type Alike, namedOf } from "./alike.ts";
import type { PagePair } from "./pages-apart.ts";
import { exchange, isRenamed, type Named, renameRef } from "./rename.ts";

/** As many alike threads as one set of small integers holds; more of them are taken one by one. */
const MAX_ALIKE = 24;
/** A thread that names more pages than this names no page of its own. */
const MAX_PAGES = 8;
/** In programs with more threads than this nothing is exhausted anyway, and looking for pairs would take long. */
const MAX_THREADS = 64;

/**
 * Threads that may be interchangeable: their functions have the same text, and exchanging them changes nothing in the
 * initial state. That they do the same is checked as they run, for they may have closed over different things.
 * @returns sets of two or more, by number of the thread, in ascending order
 */
export function findAlike({ threads, initial }: Program): Alike {
  const pages: Alike["pages"] = new Map();
  if (threads.length > MAX_THREADS) return { sets: [], pages };
  const named = (thread: number): Named => ({ task: threads[thread]!.task, pages: [] });
  const byText = new Map<string, number[]>();
  threads.forEach((thread, number) => {
    const text = `${thread.daemon} ${Function.prototype.toString.call(thread.source ?? thread.start)}`;
    byText.set(text, [...(byText.get(text) ?? []), number]);
  });
  const found: (readonly number[])[] = [];
  for (let rest of byText.values()) {
    while (rest.length > 1) {
      const [first, ...others] = rest;
      const alike = others.filter((other) => areExchangeable(initial, named(first!), named(other)));
      const members = [first!, ...alike].slice(0, MAX_ALIKE);
      if (members.length > 1) found.push(members);
      rest = others.filter((other) => !members.includes(other));
    }
  }
  return { sets: found, pages };
}

function areExchangeable(initial: Snapshot, a: Named, b: Named): boolean {
  const rename = exchange(a, b);
  return initial.entries().every(([ref, value]) => isRenamed(ref, value, initial.get(renameRef(ref, rename)), rename));
}

/** The sets without what was found to stand apart, which may be alike among itself. Nobody apart: nobody is alike. */
export function splitAlike({ sets, pages }: Alike, apart: readonly number[]): Alike {
  if (apart.length === 0) return withoutStrangers([], pages);
  const split = sets
    .flatMap((members) => [
      members.filter((thread) => !apart.includes(thread)),
      members.filter((thread) => apart.includes(thread)),
    ])
    .filter((members) => members.length > 1);
  return withoutStrangers(split, pages);
}

/** Without the sets whose threads go with pages of their own. */
export function withoutPages({ sets, pages }: Alike): Alike {
  return withoutStrangers(
    sets.filter((members) => !members.some((thread) => pages.has(thread))),
    pages,
  );
}

function withoutStrangers(sets: Alike["sets"], pages: Alike["pages"]): Alike {
  const members = new Set(sets.flat());
  return { sets, pages: new Map([...pages].filter(([thread]) => members.has(thread))) };
}

/**
 * The same threads, exchanged together with these pages as well.
 * @param found by thread: pages of the first of its set, with its own; for all of the set but the first
 * @returns undefined where they cannot be: a page would go with two threads, or the initial state tells them apart
 */
export function withPages(
  program: Program,
  alike: Alike,
  found: ReadonlyMap<number, readonly PagePair[]>,
): Alike | undefined {
  const members = alike.sets.find((set) => set.some((thread) => found.has(thread)))!;
  const [first] = members;
  const pages = new Map(alike.pages);
  const own = new Set([...found.values()].flatMap((pairs) => pairs.map(([page]) => page)));
  for (const thread of members) {
    const pairs = new Map(thread === first ? [...own].map((page) => [page, page] as const) : found.get(thread));
    if (pairs.size !== own.size) return undefined;
    pages.set(thread, [...(pages.get(thread) ?? []), ...[...own].map((page) => pairs.get(page)!)]);
  }
  const all = [...pages.values()].flat();
  const next: Alike = { sets: alike.sets, pages };
  const named = (thread: number): Named => namedOf(program, next, thread);
  const fits =
    new Set(all).size === all.length &&
    pages.get(first!)!.length <= MAX_PAGES &&
    members.slice(1).every((thread) => areExchangeable(program.initial, named(first!), named(thread)));
  return fits ? next : undefined;
}
