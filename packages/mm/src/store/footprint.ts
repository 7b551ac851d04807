import type { Ref } from "./component.ts";

/** What one execution of a step touched. `reads` has no component twice and includes what rules looked at. */
export interface Footprint {
  readonly reads: ReadonlySet<Ref>;
  readonly writes: ReadonlySet<Ref>;
}

/** Whether two steps may not be swapped: one writes what the other reads or writes. */
export function conflicts(a: Footprint, b: Footprint): boolean {
  return meets(a.writes, b.writes) || meets(a.writes, b.reads) || meets(a.reads, b.writes);
}

function meets(a: ReadonlySet<Ref>, b: ReadonlySet<Ref>): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const ref of few) if (many.has(ref)) return true;
  return false;
}
