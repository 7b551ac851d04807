/** What SPIN's verifier says of its search. */
export interface PanReport {
  /** Undefined where it says nothing, as after a crash. It prints eight digits at most. */
  readonly states: number | undefined;
  readonly transitions: number | undefined;
  readonly errors: number | undefined;
  /** Peak memory by its own account. */
  readonly bytes: number | undefined;
  /** Why its search is not complete; undefined when it is. */
  readonly incomplete: string | undefined;
}

const INCOMPLETE: readonly [sign: RegExp, reason: string][] = [
  [/reached -DMEMLIM bound|out of memory/, "out of memory"],
  [/max search depth too small/, "its search depth was too small"],
  [/^Interrupted/m, "interrupted"],
  [/Search not completed/, "its search was not completed"],
];

/** Reads what `pan` prints at its end. */
export function parsePan(text: string): PanReport {
  const number = (pattern: RegExp): number | undefined => {
    const found = Number(pattern.exec(text)?.[1] ?? NaN);
    return Number.isFinite(found) ? found : undefined;
  };
  const states = number(/^\s*(\S+) states, stored/m);
  const megabytes = number(/^\s*(\S+)\s+total actual memory usage/m);
  const sign = INCOMPLETE.find(([pattern]) => pattern.test(text));
  return {
    states,
    transitions: number(/^\s*(\S+) transitions \(/m),
    errors: number(/, errors: (\d+)/),
    bytes: megabytes === undefined ? undefined : Math.round(megabytes * 1e6),
    incomplete: sign?.[1] ?? (states === undefined ? "its output has no number of states" : undefined),
  };
}
