import { MAP, PAGE_SIZE } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { Range } from "../world/ranges.ts";

/** What a call puts in place without having to know what was there. */
export function freshOf(
  name: SyscallName,
  [first = 0, second = 0, third = 0, flags = 0]: readonly number[],
  result: number | undefined,
): readonly Range[] {
  if (result === undefined || result < 0 || result % PAGE_SIZE !== 0) return [];
  if (name === "mmap") return [whole((flags & MAP.FIXED) === 0 ? result : first, second)];
  if (name !== "mremap") return [];
  if (result !== first) return [whole(result, third)];
  // Where it grows in place nothing was.
  const [old, now] = [whole(first, second), whole(first, third)];
  return old[1] < now[1] ? [[old[1], now[1]]] : [];
}

/** What a call may change by its arguments. */
export function staleOf(name: SyscallName, [a = 0, b = 0, c = 0, , e = 0]: readonly number[]): readonly Range[] {
  switch (name) {
    case "munmap":
    case "mprotect":
    case "mlock":
    case "munlock":
      return [whole(a, b)];
    case "mremap":
      return [whole(a, b), whole(e, c)];
    default:
      return [];
  }
}

/** Whether two ranges have an address in common. */
export function meet([start, end]: Range, [from, to]: Range): boolean {
  return start < to && from < end;
}

/** Whole pages from an address on. */
export function whole(start: number, length: number): Range {
  return [start, start + Math.ceil(length / PAGE_SIZE) * PAGE_SIZE];
}
