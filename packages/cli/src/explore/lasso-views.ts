import type { Lasso, Program } from "@faultline/interleave";
import { namesFrom } from "../render/names.ts";
import type { LassoView } from "../render/lasso.ts";
import { perform } from "../run/perform.ts";
import { startOf } from "./finding-views.ts";

/** The lassos of a program as they are shown. */
export function lassoViews({ machine, initial, threads }: Program, lassos: readonly Lasso[]): LassoView[] {
  const nameOf = namesFrom(["setup", ...threads.map(({ name }) => name)]);
  return lassos.map((lasso) => ({
    lasso,
    tasks: threads.map(({ task }) => task),
    nameOf,
    start: startOf(initial, nameOf),
    rows: perform(machine, initial, [...lasso.stem, ...lasso.loop]).rows,
  }));
}
