import { stateHash } from "@faultline/mm";
import { expect, it } from "vitest";
import { listSeeds, ModelProcess, parseOperations, writeList } from "../src/index.ts";

const PROFILES = ["linux-6.1", "linux-6.12", "linux-6.18"] as const;
const KINDS = ["basic", "file", "fork"] as const;

it.each(PROFILES)("steps done where they are written do what steps that are asked for do, on %s", (profile) => {
  let steps = 0;
  for (const kind of KINDS) {
    for (const { numbers } of listSeeds(7, 3, 120)) {
      const { lines } = writeList({ kind, numbers }, new ModelProcess({ profile }));
      const asked = new ModelProcess({ profile, observe: () => steps++ });
      const atOnce = new ModelProcess({ profile });
      for (const operation of parseOperations(lines.join("\n"))) {
        expect(atOnce.run(operation)).toEqual(asked.run(operation));
      }
      expect(stateHash(atOnce.table.snapshot())).toBe(stateHash(asked.table.snapshot()));
    }
  }
  expect(steps).toBeGreaterThan(10_000);
});
