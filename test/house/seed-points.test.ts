import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The points of the review of the Rust abstraction that concern the state machine; the others are the audit's. */
const POINTS = [
  ...["P01", "P02", "P03", "P04", "P05", "P07", "P08"],
  ...["P10", "P11", "P12", "P13", "P14", "P15", "P16", "P17", "P18", "P19", "P20", "P21", "P22", "P23"],
  ...["P25", "P26", "P27"],
];

/** The names of all tests of the packages, as their sources write them. */
function testNames(): string {
  return readdirSync("packages")
    .flatMap((name) => filesIn(join("packages", name, "test")))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n")
    .split("\n")
    .filter((line) => /["'`](?:.*\s)?P\d\d\b/.test(line))
    .join("\n");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name));
}

it.each(POINTS)("%s has a test that is named after it", (point) => {
  expect(testNames()).toMatch(new RegExp(`["'\`](?:.*\\s)?${point}\\b`));
});
