import type { NameOf } from "./value-text.ts";
import { printable } from "./wrap.ts";

/** Names of tasks from a list of them, task 0 first. */
export function namesFrom(names: readonly string[]): NameOf {
  return (task) => {
    const name = names[task] ?? "";
    return name === "" ? `task ${task}` : printable(name);
  };
}
