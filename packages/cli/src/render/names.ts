import type { NameOf } from "./value-text.ts";
import { printable } from "./wrap.ts";

/** Names of tasks from a list of them, task 0 first. Tasks of one name are told apart by their numbers. */
export function namesFrom(names: readonly (string | undefined)[]): NameOf {
  return (task) => {
    const name = names[task] ?? "";
    if (name === "") return `task ${task}`;
    return names.indexOf(name) === names.lastIndexOf(name) ? printable(name) : `${printable(name)}:${task}`;
  };
}
