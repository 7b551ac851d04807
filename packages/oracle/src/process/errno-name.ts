import { ERRNO } from "@faultline/mm";

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ERRNO).map(([name, value]) => [value, name]));

/** `EINVAL` for -22; the number where it has no name. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? String(errno);
}
