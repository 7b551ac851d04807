import { type TwoLists, twoLists } from "./two-threads.ts";

/** Two short threads that meet, and the state in which they do. */
export type Pair = { readonly name: string } & TwoLists;

const ANON = "mmap 0x4000 0x4000 rw PFA -1 0";
const FAULTED = [ANON, "w 0x4000", "w 0x5000", "w 0x6000", "w 0x7000"];
const SHARED = "mmap 0x4000 0x4000 rw SF m0 0x4000";
const WRITES = ["w 0x4000", "w 0x5000", "w 0x6000", "w 0x7000"];
const READS = ["r 0x4000", "r 0x5000", "r 0x6000", "r 0x7000"];
const BACKWARDS = ["w 0x7000", "w 0x6000", "w 0x5000", "w 0x4000"];

const PAIRS: Readonly<Record<string, readonly [setup: readonly string[], a: readonly string[], b: readonly string[]]>> =
  {
    "munmap against faults": [[ANON], ["munmap 0x4000 0x4000"], WRITES],
    "munmap of a middle against faults": [
      FAULTED,
      ["munmap 0x5000 0x1000"],
      ["r 0x4000", "w 0x5000", "w 0x5800", "w 0x6000"],
    ],
    "two munmaps against faults": [[ANON], ["munmap 0x4000 0x1000", "munmap 0x6000 0x1000"], BACKWARDS],
    "mprotect against faults": [[ANON], ["mprotect 0x4000 0x3000 r"], WRITES],
    "mprotect and back against faults": [
      [ANON],
      ["mprotect 0x4000 0x3000 -", "mprotect 0x4000 0x3000 rw"],
      ["w 0x4000", "r 0x5000"],
    ],
    "mprotect of a part against munmap": [
      FAULTED,
      ["mprotect 0x4000 0x4000 r"],
      ["w 0x4000", "munmap 0x5000 0x1000", "w 0x6000"],
    ],
    "mremap against madvise": [
      FAULTED,
      ["mremap 0x4000 0x2000 0x2000 3 0x10000"],
      ["madvise 0x4000 0x2000 4", "r 0x4000"],
    ],
    "mremap against faults": [
      [ANON],
      ["mremap 0x4000 0x4000 0x4000 3 0x10000"],
      ["w 0x4000", "w 0x5000", "w 0x6000", "w 0x10000"],
    ],
    "mremap there against faults here": [
      FAULTED,
      ["mremap 0x4000 0x1000 0x1000 3 0x6000"],
      ["w 0x4000", "w 0x6000", "r 0x4000"],
    ],
    "mremap and back against faults": [
      FAULTED,
      ["mremap 0x4000 0x3000 0x3000 3 0x10000", "mremap 0x10000 0x3000 0x3000 3 0x4000"],
      ["r 0x4000", "r 0x5000"],
    ],
    "MADV_DONTNEED against faults": [FAULTED, ["madvise 0x4000 0x4000 4"], READS],
    "MADV_DONTNEED against writes": [FAULTED, ["madvise 0x4000 0x2000 4", "r 0x4000"], ["w 0x4000", "w 0x5000"]],
    "two MADV_DONTNEED": [
      FAULTED,
      ["madvise 0x4000 0x2000 4", "w 0x4000"],
      ["madvise 0x5000 0x2000 4", "w 0x5000", "r 0x4000"],
    ],
    "guards against faults": [[ANON], ["madvise 0x4000 0x3000 102"], WRITES],
    "guards and none against faults": [
      FAULTED,
      ["madvise 0x4000 0x2000 102", "madvise 0x4000 0x2000 103"],
      ["r 0x4000", "w 0x5000"],
    ],
    "fork against faults": [[ANON], ["fork"], WRITES],
    "fork against copies": [FAULTED, ["fork"], WRITES],
    "fork against MADV_DONTNEED": [FAULTED, ["fork"], ["w 0x4000", "madvise 0x5000 0x1000 4", "w 0x6000", "w 0x5000"]],
    "mmap over what is faulted": [FAULTED, ["mmap 0x4000 0x4000 rw PFA -1 0"], READS],
    "mmap of a file over what is faulted": [[ANON], ["mmap 0x4000 0x2000 rw SF m0 0"], WRITES],
    "mmap in a gap against mmap": [
      [],
      ["mmap 0x4000 0x2000 rw PNA -1 0", "w 0x5000", "munmap 0x5000 0x1000"],
      ["mmap 0x5000 0x2000 r PNA -1 0", "r 0x5000", "w 0x5000"],
    ],
    "mlock against munmap": [[ANON], ["mlock 0x4000 0x3000"], ["munmap 0x5000 0x1000", "r 0x4000"]],
    "mlock against mprotect": [
      [ANON],
      ["mlock 0x4000 0x3000"],
      ["mprotect 0x5000 0x1000 -", "w 0x4000", "madvise 0x4000 0x1000 4"],
    ],
    "a file cut short against faults": [[SHARED], ["trunc m0 0x5000"], BACKWARDS],
  };

/** All pairs. What they can have as results, the model said before any kernel was asked. */
export const pairs: readonly Pair[] = Object.entries(PAIRS).map(([name, [setup, a, b]]) => {
  const text = (lines: readonly string[]): string => lines.join("\n");
  return { name, ...twoLists({ setup: text(setup), a: text(a), b: text(b) }) };
});
