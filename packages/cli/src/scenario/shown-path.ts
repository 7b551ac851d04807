import { relative } from "node:path";
import process from "node:process";

/** A path as the user would write it: from where they stand, when that leads downwards. */
export function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") || near === "" ? path : near;
}
