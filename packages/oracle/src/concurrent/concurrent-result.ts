import type { VmaLine } from "../result/result-line.ts";

/** How a run of two threads ended: what each call returned, and the memory afterwards. */
export type ConcurrentResult = {
  /** One word per operation: `0`, an offset into the window, `elsewhere`, an errno, the byte of a touch or its signal. */
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly vmas: readonly VmaLine[];
  readonly pg: string;
};

/** Equal for equal results. */
export const resultKey = ({ a, b, vmas, pg }: ConcurrentResult): string => JSON.stringify({ a, b, vmas, pg });

/** One line. */
export function resultText({ a, b, vmas, pg }: ConcurrentResult): string {
  const areas = vmas.map(([start, end, rights]) => `${start}-${end} ${rights}`).join(", ");
  return `A: ${a.join(" ")} | B: ${b.join(" ")} | ${areas === "" ? "nothing mapped" : areas} | ${pg === "" ? "no page" : pg}`;
}
