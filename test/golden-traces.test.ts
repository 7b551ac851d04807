import { gallery } from "@faultline/gallery";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

const traces = new URL("../traces/", import.meta.url);

test("traces/gallery has a trace of each scenario of the gallery", () => {
  const names = readdirSync(new URL("gallery/", traces));
  expect(names.map((name) => name.split("-", 1)[0]).sort()).toEqual(gallery.map(({ id }) => id).sort());
});

test("traces/captures has a trace of each capture, and none is large", () => {
  const listed = JSON.parse(readFileSync(new URL("captures.json", traces), "utf8")) as Record<string, Source>;
  const files = readdirSync(new URL("captures/", import.meta.url));
  const captures = files.filter((name) => !name.includes(".truth."));
  const sources = Object.values(listed);
  expect(sources.map(({ capture }) => capture).sort()).toEqual(captures.sort());
  const truths = files.filter((name) => name.includes(".truth."));
  expect(sources.flatMap(({ truth }) => truth ?? []).sort()).toEqual(truths.sort());
  const names = readdirSync(new URL("captures/", traces));
  expect(names.sort()).toEqual(
    Object.keys(listed)
      .map((name) => `${name}.fltrace`)
      .sort(),
  );
  for (const name of names) expect(statSync(new URL(`captures/${name}`, traces)).size).toBeLessThan(200_000);
});

interface Source {
  readonly capture: string;
  readonly truth?: string;
}
