import { profileNames } from "@faultline/mm";

type Numbers = readonly number[];

/**
 * The profile of a kernel by its release, `6.12.48-amd64`: the newest that is not newer. Undefined before the first one,
 * and for a series after the last.
 */
export function profileOfRelease(release: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.-]/u, 3).map(Number);
  const wanted = [major, minor, Number.isNaN(patch) ? 0 : patch];
  const last = numbers(profileNames.at(-1)!);
  if (compare(wanted.slice(0, 2), last.slice(0, 2)) > 0) return undefined;
  return profileNames.findLast((name) => compare(numbers(name), wanted) <= 0);
}

const numbers = (name: string): Numbers => name.slice("linux-".length).split(".").map(Number);

function compare(one: Numbers, other: Numbers): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
