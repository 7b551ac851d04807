import type { Snapshot } from "@faultline/mm";
import type { Program, Thread } from "../program.ts";
import { exchange, isRenamed, renameRef } from "./rename.ts";

/** As many alike threads as one set of small integers holds; more of them are taken one by one. */
const MAX_ALIKE = 24;
/** In programs with more threads than this nothing is exhausted anyway, and looking for pairs would take long. */
const MAX_THREADS = 64;

/**
 * Threads that may be interchangeable: their functions have the same text, and exchanging them changes nothing in the
 * initial state. That they do the same is checked as they run, for they may have closed over different things.
 * @returns sets of two or more, by number of the thread, in ascending order
 */
export function findAlike({ threads, initial }: Program): (readonly number[])[] {
  if (threads.length > MAX_THREADS) return [];
  const byText = new Map<string, number[]>();
  threads.forEach((thread, number) => {
    const text = `${thread.daemon} ${Function.prototype.toString.call(thread.source ?? thread.start)}`;
    byText.set(text, [...(byText.get(text) ?? []), number]);
  });
  const found: (readonly number[])[] = [];
  for (let rest of byText.values()) {
    while (rest.length > 1) {
      const [first, ...others] = rest;
      const alike = others.filter((other) => areExchangeable(initial, threads[first!]!, threads[other]!));
      const members = [first!, ...alike].slice(0, MAX_ALIKE);
      if (members.length > 1) found.push(members);
      rest = others.filter((other) => !members.includes(other));
    }
  }
  return found;
}

function areExchangeable(initial: Snapshot, a: Thread, b: Thread): boolean {
  const rename = exchange(a.task, b.task);
  return initial.entries().every(([ref, value]) => isRenamed(ref, value, initial.get(renameRef(ref, rename)), rename));
}

/** The sets without what was found to stand apart, which may be alike among itself. Nobody apart: nobody is alike. */
export function splitAlike(sets: readonly (readonly number[])[], apart: readonly number[]): (readonly number[])[] {
  if (apart.length === 0) return [];
  return sets
    .flatMap((members) => [
      members.filter((thread) => !apart.includes(thread)),
      members.filter((thread) => apart.includes(thread)),
    ])
    .filter((members) => members.length > 1);
}
