import type { Leaf } from "../space/memo.ts";
import type { Future } from "./learned.ts";

/** What one thread can do in the current state. */
export interface Pending {
  readonly thread: number;
  /** Its pending step's leaves, the first `count` of these, blocked ones included. */
  readonly leaves: Leaf[];
  /** 0 when the thread is over. */
  count: number;
  enabled: boolean;
}

/**
 * A persistent set of threads: whatever the others do, now or later, is independent of what these do next. Starts from
 * each enabled thread in turn, adds every thread whose future may conflict with a pending step inside, and takes the
 * set with the fewest enabled threads.
 * @param pending one entry per thread
 * @param futureOf what a thread may touch from its present position on
 * @param inside out: 1 for the threads of the set
 * @returns number of enabled threads in the set
 */
export function persistentSet(
  pending: readonly Pending[],
  futureOf: (thread: number) => Future,
  inside: Uint8Array,
): number {
  const candidate = new Uint8Array(pending.length);
  let best = Infinity;
  for (const seed of pending) {
    if (!seed.enabled || (best < Infinity && inside[seed.thread] === 1)) continue;
    const size = close(seed.thread, pending, futureOf, candidate);
    if (size < best) {
      best = size;
      inside.set(candidate);
    }
    if (best === 1) break;
  }
  return best;
}

function close(
  seed: number,
  pending: readonly Pending[],
  futureOf: (thread: number) => Future,
  set: Uint8Array,
): number {
  set.fill(0);
  set[seed] = 1;
  const work = [seed];
  let size = 0;
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const own = pending[at]!;
    if (own.enabled) size++;
    for (const other of pending) {
      if (set[other.thread] === 1 || other.count === 0) continue;
      if (mayConflict(own, futureOf(other.thread))) {
        set[other.thread] = 1;
        work.push(other.thread);
      }
    }
  }
  return size;
}

function mayConflict({ leaves, count }: Pending, future: Future): boolean {
  for (let i = 0; i < count; i++) {
    const leaf = leaves[i]!;
    if (leaf.written.meets(future.touched) || leaf.touched.meets(future.written)) return true;
  }
  return false;
}
