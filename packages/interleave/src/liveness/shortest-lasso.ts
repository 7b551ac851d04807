import { type Allowance, shortestFairLoop, type Wish } from "./fair-loop.ts";
import type { FairComponent, Region } from "./fairness.ts";
import { someFairLoop } from "./some-loop.ts";

/** A run to a state and a loop from it back to it, as edges. */
export interface Walk {
  readonly stem: readonly number[];
  readonly loop: readonly number[];
  /** Whether no other has fewer edges, stem and loop together. */
  readonly minimal: boolean;
}

/**
 * The lasso with the fewest edges, stem and loop together, whose loop is a fair one in one of these components; among
 * equals that with the shortest stem. When the allowance ends first, the best that was found, or any.
 * @param components at least one, fair and able to fulfil the wish
 */
export function shortestLasso(
  region: Region,
  components: readonly FairComponent[],
  wish: Wish,
  allowance: Allowance,
): Walk {
  // Ascending numbers: never a shorter stem later.
  const anchors = components.flatMap(({ states }) => states).sort((a, b) => a - b);
  let best: Walk | undefined;
  for (const anchor of anchors) {
    const stem = region.graph.stem(anchor);
    const limit = best === undefined ? Infinity : best.stem.length + best.loop.length - stem.length;
    if (limit <= 1) break;
    const loop = shortestFairLoop(region, anchor, wish, limit, allowance);
    if (loop === "too much") {
      best ??= { stem, loop: someFairLoop(region, anchor, wish), minimal: false };
      return { ...best, minimal: false };
    }
    if (loop !== undefined) best = { stem, loop, minimal: true };
  }
  if (best === undefined) throw new Error("a fair component without a fair loop");
  return best;
}
