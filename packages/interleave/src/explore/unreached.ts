import type { Space } from "../space/space.ts";
import { calledIn } from "./mentions.ts";

/** A step or procedure that a thread's code mentions and no run executed. */
export interface Unreached {
  readonly thread: string;
  /** As the kernel spells it. */
  readonly step: string;
}

/**
 * Steps and procedures that the threads mention, in their own code and in the procedures they enter, but that no run
 * executed: a `clean` that never got to the interesting step shows here. Read from the source text of the functions,
 * so a step reached through a variable is not seen.
 */
export function unreachedSteps(space: Space): Unreached[] {
  const { names } = space.program.machine;
  return space.program.threads.flatMap(({ name, start, source }, thread) => {
    const trie = space.tries[thread]!;
    const executed = new Set<string>(trie.procedures().keys());
    for (const { request, next } of trie.positions()) {
      if (request !== undefined && next.length > 0) executed.add(request.step.op);
    }
    const mentioned = new Set<string>();
    for (const code of [source ?? start, ...trie.procedures().values()]) {
      for (const callee of calledIn(Function.prototype.toString.call(code))) mentioned.add(names.get(callee) ?? "");
    }
    return [...mentioned]
      .filter((step) => step !== "" && !executed.has(step))
      .sort()
      .map((step) => ({ thread: name, step }));
  });
}
