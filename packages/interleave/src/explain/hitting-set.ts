/** Guesses that the search may look at. */
const MAX_GUESSES = 2_000_000;

/**
 * A smallest set of numbers with at least one of each group; among the smallest one of low numbers.
 * @returns undefined when it was not found within a bound on the work
 */
export function smallestHittingSet(groups: readonly (readonly number[])[]): number[] | undefined {
  let guesses = 0;
  const extend = (chosen: readonly number[], room: number): number[] | undefined => {
    const open = groups.find((group) => !group.some((one) => chosen.includes(one)));
    if (open === undefined) return [...chosen].sort((a, b) => a - b);
    if (room === 0) return undefined;
    for (const one of open) {
      if (++guesses > MAX_GUESSES) return undefined;
      const whole = extend([...chosen, one], room - 1);
      if (whole !== undefined) return whole;
    }
    return undefined;
  };
  for (let size = 0; size <= groups.length; size++) {
    const found = extend([], size);
    if (found !== undefined) return found;
    if (guesses > MAX_GUESSES) return undefined;
  }
  return undefined;
}
