import process from "node:process";

/** How long something took, by the clock and in processor time. */
export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export function timed(action: () => unknown): Took {
  const took = startTimer();
  action();
  return took();
}

/** Tells, when it is asked, how long it is since now. */
export function startTimer(): () => Took {
  const start = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}
