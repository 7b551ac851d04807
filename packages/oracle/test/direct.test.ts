import { canonical, stateHash, type Value } from "@faultline/mm";
import { expect, it } from "vitest";
import { listSeeds, ModelProcess, parseOperations, writeList } from "../src/index.ts";

const PROFILES = ["linux-6.1", "linux-6.12", "linux-6.18"] as const;
const KINDS = ["basic", "file", "fork"] as const;

/** A step with what it was given and gave, as one word. */
const stepOf = (op: string, args: readonly Value[], result: Value): string => `${op} ${canonical([args, result])}`;

it.each(PROFILES)("procedures in direct style do the steps of those that ask for them, on %s", (profile) => {
  let steps = 0;
  for (const kind of KINDS) {
    for (const { numbers } of listSeeds(7, 3, 120)) {
      const { lines } = writeList({ kind, numbers }, new ModelProcess({ profile }));
      const [ofAsking, ofDirect]: [string[], string[]] = [[], []];
      const asking = new ModelProcess({
        profile,
        observe: ({ op, args }, { result }) => ofAsking.push(stepOf(op, args, result)),
      });
      const direct = new ModelProcess({
        profile,
        watch: (op, args, result) => ofDirect.push(stepOf(op, args, result)),
      });
      for (const operation of parseOperations(lines.join("\n"))) {
        expect(direct.run(operation)).toEqual(asking.run(operation));
        expect(ofDirect).toEqual(ofAsking);
        steps += ofAsking.length;
        ofAsking.length = ofDirect.length = 0;
      }
      expect(stateHash(direct.table.snapshot())).toBe(stateHash(asking.table.snapshot()));
    }
  }
  expect(steps).toBeGreaterThan(10_000);
});
