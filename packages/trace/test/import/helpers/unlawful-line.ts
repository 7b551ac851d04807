import { expect } from "vitest";
import { importFtraceLines } from "../../../src/index.ts";
import { firstUnlawful, History, parseLine } from "./rwsem-history.ts";

/**
 * The first line, counted from 1, that fits no history of the lock; undefined when all do. The importer and the checker
 * must agree on it.
 */
export function unlawfulLine(lines: readonly string[]): number | undefined {
  const expected = firstUnlawful(new History(), lines.map(parseLine), 0);
  const { divergences } = importFtraceLines(lines, { profile: "linux-6.18", stopWhen: ({ kind }) => kind === "lock" });
  const found = divergences.find(({ kind }) => kind === "lock");
  expect(found?.line, `by the importer: ${found?.reason}`).toBe(expected);
  return expected;
}
