/** Guesses that the search may look at. */
const MAX_GUESSES = 2_000_000;
/** Guesses from one look at the clock to the next. */
const LOOKS = 4096;

/**
 * A smallest set of numbers with at least one of each group; among the smallest one of low numbers.
 * @param expired asked now and then whether time is up
 * @returns undefined when it was not found in time or within a bound on the work
 */
export function smallestHittingSet(
  groups: readonly (readonly number[])[],
  expired?: () => boolean,
): number[] | undefined {
  let guesses = 0;
  const tooMany = (): boolean => {
    if (++guesses % LOOKS === 0 && expired?.() === true) guesses = MAX_GUESSES;
    return guesses > MAX_GUESSES;
  };
  const extend = (chosen: readonly number[], room: number): number[] | undefined => {
    const open = groups.find((group) => !group.some((one) => chosen.includes(one)));
    if (open === undefined) return [...chosen].sort((a, b) => a - b);
    if (room === 0) return undefined;
    for (const one of open) {
      if (tooMany()) return undefined;
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
