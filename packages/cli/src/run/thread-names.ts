import type { Thread } from "@faultline/interleave";

/** What tasks are called, by number; empty for numbers that no thread has. Task 0 sets up. */
export function threadNames(threads: readonly Thread[]): string[] {
  const names = ["setup"];
  for (const { task, name } of threads) {
    while (names.length < task) names.push("");
    names[task] = name;
  }
  return names;
}
