import { gallery } from "@faultline/gallery";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";

test("traces/gallery has a trace of each scenario of the gallery", () => {
  const names = readdirSync(new URL("../traces/gallery/", import.meta.url));
  expect(names.map((name) => name.split("-", 1)[0]).sort()).toEqual(gallery.map(({ id }) => id).sort());
});
