import { describe, expect, test } from "vitest";
import { resultText } from "../src/concurrent/concurrent-result.ts";
import { holdPair } from "../src/concurrent/hold-pair.ts";
import { observePair } from "../src/concurrent/live-pair.ts";
import { pairs } from "../src/concurrent/pairs.ts";
import { possibleResults } from "../src/concurrent/possible-results.ts";
import { liveKernel } from "../src/live/live-kernel.ts";
import { Unavailable } from "../src/live/unavailable.ts";

/** Runs of each pair; the whole count has a script of its own. */
const RUNS = 1000;
const PATIENCE = 600_000;

function profileHere(): { readonly profile: string } | { readonly reason: string } {
  try {
    const { profile } = liveKernel();
    observePair(pairs[0]!, 1, 1);
    return { profile };
  } catch (error) {
    if (error instanceof Unavailable) return { reason: error.message };
    throw error;
  }
}

describe("pairs of threads", () => {
  const here = profileHere();

  test("have several results each on the model, every ordering covered", { timeout: PATIENCE }, () => {
    expect(pairs.length).toBeGreaterThanOrEqual(20);
    const counts = pairs.map((pair) => {
      const { results, complete, broken } = possibleResults(pair, { profile: "linux-6.18", minimize: false });
      expect({ pair: pair.name, complete, broken }).toEqual({ pair: pair.name, complete: true, broken: [] });
      return results.length;
    });
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
    expect(counts.filter((count) => count >= 5).length).toBeGreaterThanOrEqual(10);
  });

  test.for(pairs)("$name: the running kernel shows no other result", { timeout: PATIENCE }, (pair, context) => {
    if ("reason" in here) {
      context.skip(here.reason);
      return;
    }
    const { outside } = holdPair(pair, observePair(pair, RUNS, 1), here.profile, { minimize: false });
    expect(outside.map(({ result, times }) => `${times} times ${resultText(result)}`)).toEqual([]);
  });
});
