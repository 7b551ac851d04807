import type { ScalingRow } from "./measure-cell.ts";

/** What a faulter more costs. */
export interface Growth {
  readonly name: string;
  readonly vmaLock: boolean;
  /** Faulters, and the seconds that each number of them took: of the search alone. */
  readonly points: readonly { readonly n: number; readonly seconds: number; readonly states: number }[];
  /** Factors for one faulter more, fitted; null with fewer than two points. */
  readonly seconds: number | null;
  readonly states: number | null;
}

/** With fewer the search takes no time that could be measured. */
const FEWEST = 3;

/** Fits the finished cells with one page, ours and the peer's, with the VMA lock and without. */
export function growthOf(rows: readonly ScalingRow[]): Growth[] {
  return [false, true].flatMap((vmaLock) => {
    const part = rows.filter((row) => row.p === 1 && row.n >= FEWEST && row.vmaLock === vmaLock);
    const ours = part.flatMap(({ n, exploring, states, finished }) =>
      finished ? [{ n, seconds: exploring, states }] : [],
    );
    const theirs = part.flatMap(({ n, peer }) =>
      peer?.finished === true ? [{ n, seconds: peer.search!, states: peer.states! }] : [],
    );
    const peer = part.find((row) => row.peer !== undefined)?.peer?.name;
    return [
      ...(ours.length === 0 ? [] : [fitted("Faultline", vmaLock, ours)]),
      ...(peer === undefined || theirs.length === 0 ? [] : [fitted(peer, vmaLock, theirs)]),
    ];
  });
}

function fitted(name: string, vmaLock: boolean, points: Growth["points"]): Growth {
  return {
    name,
    vmaLock,
    points,
    seconds: factorOf(points.map(({ n, seconds }) => [n, seconds])),
    states: factorOf(points.map(({ n, states }) => [n, states])),
  };
}

/**
 * The factor by which y grows as x grows by one: least squares on the logarithms. Null for fewer than two points, or
 * values that have no logarithm.
 */
export function factorOf(points: readonly (readonly [x: number, y: number])[]): number | null {
  if (points.length < 2 || points.some(([, y]) => y <= 0)) return null;
  const logs = points.map(([x, y]) => [x, Math.log(y)] as const);
  const meanX = mean(logs.map(([x]) => x));
  const meanY = mean(logs.map(([, y]) => y));
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)));
  const variance = mean(logs.map(([x]) => (x - meanX) ** 2));
  return variance === 0 ? null : Number(Math.exp(covariance / variance).toFixed(3));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
