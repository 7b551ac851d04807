import { again, createKernel, loop, profile, type Steps } from "@faultline/mm";
import { expect, it } from "vitest";
import { growGraph } from "../src/liveness/grow-graph.ts";
import { replayLasso } from "../src/liveness/replay-lasso.ts";
import { Space } from "../src/space/space.ts";
import { program } from "./toy.ts";

const k = createKernel(profile("linux-6.12").knobs);

it("a loop that does not come back is refused", () => {
  const flip = function* (): Steps<void> {
    yield* loop(null, function* () {
      yield* k.writeOnce("x", 1);
      yield* k.writeOnce("x", 0);
      return again(null);
    });
  };
  const space = new Space(program([flip]));
  const { graph, renumbered } = growGraph(space, {});
  const [there, back] = [graph.first(0), graph.first(1)];
  const run = replayLasso(space, graph, { stem: [], loop: [there, back], minimal: true }, renumbered);
  expect(run.loop.map(({ args }) => args)).toEqual([
    ["x", 1],
    ["x", 0],
  ]);
  expect(() => replayLasso(space, graph, { stem: [], loop: [there], minimal: true }, renumbered)).toThrow(
    "does not come back to where it began",
  );
});
