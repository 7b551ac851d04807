import process from "node:process";

/** How long something took, by the clock and in processor time. */
export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export function timed(action: () => unknown): Took {
  const start = performance.now();
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}
