import { type ConcurrentResult, resultKey } from "./concurrent-result.ts";
import type { Observed } from "./live-pair.ts";
import type { Pair } from "./pairs.ts";
import { type PossibleResult, possibleResults, type ResultOptions } from "./possible-results.ts";

/** What the kernel has shown of a pair, held against what the model allows. */
export type HeldPair = {
  readonly pair: Pair;
  readonly possible: readonly PossibleResult[];
  /** Whether the model's set is all there is. */
  readonly complete: boolean;
  /** Results of the kernel that the model does not have: model errors. */
  readonly outside: readonly { readonly result: ConcurrentResult; readonly times: number }[];
  /** Results of the model that the kernel never showed. */
  readonly unseen: readonly PossibleResult[];
};

/** @param observed what the kernel gave */
export function holdPair(
  pair: Pair,
  observed: readonly Observed[],
  profile: string,
  options: Omit<ResultOptions, "profile"> = {},
): HeldPair {
  const { results, complete } = possibleResults(pair, { ...options, profile });
  const allowed = new Set(results.map(({ result }) => resultKey(result)));
  const seen = new Set(observed.map(({ result }) => resultKey(result)));
  return {
    pair,
    possible: results,
    complete,
    outside: observed.filter(({ result }) => !allowed.has(resultKey(result))),
    unseen: results.filter(({ result }) => !seen.has(resultKey(result))),
  };
}

/** The part of the model's results that the kernel showed, from 0 to 1. */
export const reachedPart = ({ possible, unseen }: HeldPair): number =>
  possible.length === 0 ? 0 : (possible.length - unseen.length) / possible.length;
