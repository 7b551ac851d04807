import { stateHash } from "@faultline/mm";
import { expect, it } from "vitest";
import { listSeeds, ModelProcess, parseOperations, writeList } from "../src/index.ts";

const PROFILES = ["linux-6.1", "linux-6.12", "linux-6.18"] as const;
const KINDS = ["basic", "file", "fork"] as const;

it.each(PROFILES)("procedures in direct style do what those do that ask for their steps, on %s", (profile) => {
  let steps = 0;
  for (const kind of KINDS) {
    for (const { numbers } of listSeeds(7, 3, 120)) {
      const { lines } = writeList({ kind, numbers }, new ModelProcess({ profile }));
      const asked = new ModelProcess({ profile, observe: () => steps++ });
      const direct = new ModelProcess({ profile });
      for (const operation of parseOperations(lines.join("\n"))) {
        expect(direct.run(operation)).toEqual(asked.run(operation));
      }
      expect(stateHash(direct.table.snapshot())).toBe(stateHash(asked.table.snapshot()));
    }
  }
  expect(steps).toBeGreaterThan(10_000);
});
