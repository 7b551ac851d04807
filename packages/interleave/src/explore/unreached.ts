import type { Space } from "../space/space.ts";

/** A step or procedure that a thread's code mentions and no run executed. */
export interface Unreached {
  readonly thread: string;
  /** As the kernel spells it. */
  readonly step: string;
}

/** Calls as threads write them: `yield* k.mmapReadLock(mm)`, `yield* mmapReadLock(mm)`. */
const CALL = /yield\*\s*(?:[\w$]+\.)*([\w$]+)\s*\(/g;

/**
 * Steps and procedures that the threads mention, in their own code and in the procedures they enter, but that no run
 * executed: a `clean` that never got to the interesting step shows here. Read from the source text of the functions,
 * so a step reached through a variable is not seen.
 */
export function unreachedSteps(space: Space): Unreached[] {
  const known = new Map<string, string>();
  for (const op of space.program.machine.steps.keys()) known.set(camelCase(op), op);
  return space.program.threads.flatMap(({ name }, thread) => {
    const trie = space.tries[thread]!;
    const executed = new Set<string>();
    for (const position of trie.positions()) {
      if (position.request !== undefined && position.next.length > 0) executed.add(position.request.step.op);
    }
    const entered = new Set<string>(trie.procedures().keys());
    for (const procedure of entered) known.set(camelCase(procedure), procedure);
    const sources = [space.program.threads[thread]!.start, ...trie.procedures().values()].map(String);
    const mentioned = new Set<string>();
    for (const source of sources) for (const [, callee] of source.matchAll(CALL)) mentioned.add(callee!);
    return [...mentioned]
      .map((callee) => known.get(callee) ?? (callee.includes("$") ? undefined : snakeCase(callee)))
      .filter((step): step is string => step !== undefined && space.program.machine.steps.has(step))
      .filter((step) => !executed.has(step) && !entered.has(step))
      .sort()
      .map((step) => ({ thread: name, step }));
  });
}

function camelCase(op: string): string {
  return op.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
