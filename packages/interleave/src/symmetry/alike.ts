import type { Program } from "../program.ts";
import type { Named } from "./rename.ts";

/** Which threads are taken as interchangeable. */
export interface Alike {
  /** Sets of two threads or more, by number. */
  readonly sets: readonly (readonly number[])[];
  /** By thread: addresses of the pages that are exchanged with it, in the order in which its set names them. */
  readonly pages: ReadonlyMap<number, readonly number[]>;
}

/** Every thread for itself. */
export const NOBODY: Alike = { sets: [], pages: new Map() };

/** What goes with a thread. */
export function namedOf({ threads }: Program, { pages }: Alike, thread: number): Named {
  return { task: threads[thread]!.task, pages: pages.get(thread) ?? [] };
}
