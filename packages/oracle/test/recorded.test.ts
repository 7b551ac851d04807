import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { holdAgainst, ModelProcess, parseOperations, parseResults } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { type Fixture, fixtures } from "./fixtures/machines.ts";

const text = (name: string): string =>
  gunzipSync(readFileSync(new URL(`fixtures/${name}.gz`, import.meta.url))).toString("utf8");

function hold({ list, version, machine }: Fixture, profile = `linux-${version}`) {
  const operations = parseOperations(text(`${list}.ops`));
  const results = parseResults(text(`${list}-${version}.jsonl`));
  return holdAgainst(new ModelProcess({ profile, machine }), operations, results);
}

describe("what real kernels did is what the model does", () => {
  test.each(fixtures)("$list of $version, line by line", (fixture) => {
    const { lines, differences, refused } = hold(fixture);
    expect(differences).toEqual([]);
    expect(lines + refused).toBe(parseResults(text(`${fixture.list}-${fixture.version}.jsonl`)).length);
    expect(refused).toBe(fixture.list === "errb" ? 2 : 0);
  });

  test("another kernel's profile is told from it", () => {
    const merge = fixtures.find(({ list, version }) => list === "merge" && version === "6.18")!;
    expect(hold(merge, "linux-6.12").differences.length).toBeGreaterThan(0);
    expect(hold(merge, "linux-6.1").differences.length).toBeGreaterThan(0);
  });
});
