import { checkClasses, countRuns, exploreClasses, sample } from "@faultline/interleave";
import { word } from "@faultline/mm";
import { lostUpdate } from "./lost-update.ts";

/** What the engines say of the program, and what x may be in the end. */
export function answers(): Record<string, unknown> {
  const ends = new Set<unknown>();
  const { runs, blocked } = exploreClasses(lostUpdate, {
    onRun: (_run, space) => ends.add(space.snapshot().get(word.of("x"))),
  });
  const { interleavings, classes } = countRuns(lostUpdate);
  return {
    ends: [...ends].sort(),
    runs,
    blocked,
    interleavings,
    classes,
    verdict: checkClasses(lostUpdate).verdict,
    seen: sample(lostUpdate, { runs: 200, strategy: "walk" }).classes,
  };
}
