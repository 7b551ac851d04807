import { explore } from "@faultline/interleave";
import { optionsOf } from "./run-cell.ts";
import scaling, { variantOf } from "./scaling.scenario.ts";

/** Transitions per second without any reduction. */
export interface Rate {
  readonly n: number;
  readonly p: number;
  readonly transitions: number;
  readonly seconds: number;
  readonly transitionsPerSecond: number;
}

const SIZE = { n: 5, p: 3, vmaLock: false };
const WARM_UP = 1_000_000;
const MEASURED = 8_000_000;

/**
 * The rate at which transitions are looked up once all reducers have run: what a long run takes longer than a short one.
 */
export function measureRate(): Rate {
  const { program } = scaling.instantiate(variantOf(SIZE));
  const run = (transitions: number): { readonly transitions: number; readonly seconds: number } => {
    const start = performance.now();
    const found = explore(program, { ...optionsOf({ reductions: false }), budget: { transitions } });
    return { transitions: found.totalTransitions, seconds: (performance.now() - start) / 1000 };
  };
  run(WARM_UP);
  const short = run(WARM_UP);
  const long = run(WARM_UP + MEASURED);
  const transitions = long.transitions - short.transitions;
  const seconds = long.seconds - short.seconds;
  const { n, p } = SIZE;
  return {
    n,
    p,
    transitions,
    seconds: Number(seconds.toFixed(3)),
    transitionsPerSecond: Math.round(transitions / seconds),
  };
}
