import { expect, test } from "vitest";
import { campaign } from "./fuzz/campaign.ts";

test("thousands of files, damaged and made up: an error, a prefix, or what the file says", () => {
  const { answers, fates, failures, slowest } = campaign(2000, 1);
  expect(failures.map(({ input, how, error }) => [input, how, String(error)])).toEqual([]);
  expect(slowest).toBeLessThan(5000);
  // It comes to every verdict, and to many reasons: else the files are not as strange as they should be.
  expect([...answers.keys()]).toEqual(expect.arrayContaining(["diverged", "truncated", "corrupt", "verified"]));
  expect(fates).toBeGreaterThan(100);
});
