import { describe, expect, test } from "vitest";
import { differential, reachedByLists } from "../src/live/differential.ts";
import { type LiveKernel, liveKernel } from "../src/live/live-kernel.ts";
import { reportDifference } from "../src/live/report-difference.ts";
import { Unavailable } from "../src/live/unavailable.ts";
import { PLAIN_MACHINE } from "../src/process/machine.ts";

const OPERATIONS = 20_000;
const SEED = 1;
const PATIENCE = 900_000;

function kernelHere(): LiveKernel | string {
  try {
    return liveKernel();
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

describe("lists of all kinds", () => {
  const kernel = kernelHere();

  test("give on the running kernel what they give on the model", { timeout: PATIENCE }, async (context) => {
    if (typeof kernel === "string") {
      context.skip(kernel);
      return;
    }
    const { difference, operations } = await differential(kernel, { operations: OPERATIONS, seed: SEED });
    expect(difference === null ? [] : reportDifference(kernel, difference)).toEqual([]);
    expect(operations).toBeGreaterThanOrEqual(OPERATIONS);
  });

  test("reach every outcome, flag, advice and merge rule", { timeout: PATIENCE }, () => {
    const coverage = reachedByLists(
      { profile: "linux-6.18", machine: PLAIN_MACHINE },
      { operations: OPERATIONS, seed: SEED },
    );
    expect(coverage.never()).toEqual([]);
  });
});
