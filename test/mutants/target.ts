import { join } from "node:path";

/** Something whose mutants are made, with the functions that it consists of. A function belongs to one target. */
export interface Target {
  readonly name: string;
  /** Files of packages/mm/src; where functions are named, only these of the file. */
  readonly parts: readonly { readonly file: string; readonly functions?: readonly string[] }[];
}

/** Every file that has something to mutate, relative to packages/mm/src. */
export function filesOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.flatMap(({ parts }) => parts.map(({ file }) => file)))];
}

/** The target that a function belongs to; undefined for one that is left as it is. */
export function targetOf(targets: readonly Target[], file: string, name: string): string | undefined {
  return targets.find(({ parts }) =>
    parts.some((part) => part.file === file && (part.functions === undefined || part.functions.includes(name))),
  )?.name;
}

const MM = join(import.meta.dirname, "../../packages/mm/src");

/** Absolute path of a file of packages/mm/src. */
export function pathOf(file: string): string {
  return join(MM, file);
}
