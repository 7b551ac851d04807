import type { Orbit } from "./orbit.ts";

/**
 * A set of threads, one bit each, said in a way that an exchange of alike threads does not change: the members of a set
 * of alike threads stand in the order of what belongs to them, those of the mask first among equals.
 */
export function toCanonical(orbit: Orbit, mask: number): number {
  let canonical = mask;
  for (const members of orbit.sets) {
    const ordered = inOrder(orbit, members, mask);
    for (const member of members) canonical &= ~(1 << member);
    members.forEach((member, i) => {
      if ((mask & (1 << ordered[i]!)) !== 0) canonical |= 1 << member;
    });
  }
  return canonical;
}

/** The threads of the current state that a canonical mask means, when `mask` was the one made canonical with it. */
export function fromCanonical(orbit: Orbit, canonical: number, mask: number): number {
  let threads = canonical;
  for (const members of orbit.sets) {
    const ordered = inOrder(orbit, members, mask);
    for (const member of members) threads &= ~(1 << member);
    members.forEach((member, i) => {
      if ((canonical & (1 << member)) !== 0) threads |= 1 << ordered[i]!;
    });
  }
  return threads;
}

function inOrder(orbit: Orbit, members: readonly number[], mask: number): number[] {
  const rank = (thread: number): number => ((mask & (1 << thread)) === 0 ? 1 : 0);
  return members.toSorted((a, b) => orbit.compare(a, b) || rank(a) - rank(b));
}
