import type { Program } from "../program.ts";
import type { Kind } from "./fair-cycles.ts";
import type { LassoRun } from "./replay-lasso.ts";

/** Ops that a message names of one thread. */
const MAX_OPS = 4;

/** What a lasso shows, in words: who goes round in which steps, who waits, and who goes on meanwhile. */
export function lassoMessage({ threads }: Program, kind: Kind, unfinished: readonly number[], run: LassoRun): string {
  const opsOf = (thread: number): string[] => {
    const { task } = threads[thread]!;
    return [...new Set(run.loop.filter((event) => event.task === task).map(({ op }) => op))];
  };
  const stuck = unfinished.map((thread) => {
    const { name } = threads[thread]!;
    const ops = opsOf(thread);
    const pending = run.pending[thread]!;
    return ops.length > 0 ? `${name} goes round for ever in ${listed(ops)}` : `${name} waits for ever in ${pending}`;
  });
  const said = stuck.join("; ");
  if (kind === "livelock") return said;
  const others = threads.flatMap(({ name, daemon }, thread) => {
    const ops = daemon ? opsOf(thread) : [];
    return ops.length > 0 ? [`${name} goes on with ${listed(ops)}`] : [];
  });
  return `${said}, while ${others.join(", ")}`;
}

function listed(ops: readonly string[]): string {
  return ops.length > MAX_OPS ? `${ops.slice(0, MAX_OPS).join(", ")} …` : ops.join(", ");
}
