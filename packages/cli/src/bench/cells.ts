/** One measurement of the scaling scenario. */
export interface Cell {
  /** Faulters and pages. */
  readonly n: number;
  readonly p: number;
  readonly persistentSets: boolean;
  /** Transitions after which to stop. */
  readonly budget?: number;
}

/** What another checker needed for the same protocol. */
export interface Peer {
  readonly name: string;
  readonly states: number;
  readonly seconds: number;
}

const SPIN_REDUCED = "SPIN 6.5, partial order reduction";
const SPIN_FULL = "SPIN 6.5, no reduction";

/**
 * States stored and seconds of search (compiling the verifier not included) of SPIN 6.5 on the same protocol in
 * Promela, measured on one machine, with its own, somewhat finer steps: compare growth and rates, not single counts.
 */
const SPIN: readonly [n: number, p: number, reduced: [number, number], full: [number, number]][] = [
  [1, 1, [2_057, 0], [3_539, 0]],
  [2, 1, [12_842, 0.01], [28_559, 0.02]],
  [3, 1, [86_423, 0.06], [240_341, 0.37]],
  [4, 1, [621_069, 0.55], [2_086_718, 3.82]],
  [5, 1, [4_703_344, 5.56], [18_525_860, 47.3]],
  [1, 2, [7_533, 0.03], [12_703, 0.02]],
  [2, 2, [46_212, 0.02], [102_759, 0.07]],
  [3, 2, [314_114, 0.26], [878_173, 1.39]],
];

/** The table of `faultline bench`. */
export const cells: readonly Cell[] = [
  ...SPIN.map(([n, p]) => ({ n, p, persistentSets: false })),
  // The rate: one cold run in a fresh process, so far and no further.
  { n: 5, p: 3, persistentSets: false, budget: 3_000_000 },
  ...SPIN.map(([n, p]) => ({ n, p, persistentSets: true })),
];

/** What is known of a peer for a cell. */
export function peerOf({ n, p, persistentSets }: Cell): Peer | undefined {
  const row = SPIN.find(([rowN, rowP]) => rowN === n && rowP === p);
  if (row === undefined) return undefined;
  const [states, seconds] = persistentSets ? row[2] : row[3];
  return { name: persistentSets ? SPIN_REDUCED : SPIN_FULL, states, seconds };
}
