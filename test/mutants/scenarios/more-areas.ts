import type { ActName } from "./acts.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { eachAgainst, failing, together } from "./together.ts";

const NOW = ["linux-6.18.19"] as const;
const REFCNT = ["linux-6.15.0", "linux-6.18.19"] as const;
const TABLE: readonly ActName[] = ["entry, then its lock", "its lock, then the entry"];
const REAPER_FLAG: readonly ActName[] = [
  "its lock, then the reaper's flag",
  "the reaper's flag, then the second entry twice",
];
const COPY_THROWN_AWAY: readonly ActName[] = [
  "the child's tree, then its flags",
  "the child's flags, then its tree",
  "the child's flag, then i_mmap",
];
const COUNTS: readonly ActName[] = ["file_count, then the child's tree", "the child's tree, then file_count"];

/** More of the same: what is told from each other by counters, flags and injected failures. */
export const moreAreas: readonly MutantScenario[] = [
  ...eachAgainst("privateArea", NOW, ["first read"], ["oom reaper"]),
  ...(["first read", "first write"] as const).flatMap((fault) =>
    REAPER_FLAG.map((look) => together("privateArea", NOW, fault, "oom reaper", look)),
  ),
  ...eachAgainst("zeroPage", NOW, ["write again"], ["MADV_DONTNEED"]),
  ...eachAgainst("sharedFile", NOW, ["write again"], TABLE),
  ...eachAgainst("straddlingFile", NOW, ["first read, then the first table's lock and entry"], ["oom reaper"]),
  ...eachAgainst("privateArea", NOW, ["write again, then the entry"], ["migration"]),
  ...eachAgainst("privateArea", NOW, ["fork"], ["the child's table lock, the parent's, then the child's entry"]),
  ...eachAgainst("privateFile", NOW, ["fork"], ["uprobe that waits to read", ...COUNTS]),
  ...eachAgainst("fileAndMore", NOW, ["fork that runs out"], COPY_THROWN_AWAY),
  ...eachAgainst("privateFile", NOW, ["munmap"], ["a VMA of the other's, then file_count"]),
  failing("maple", "privateArea", NOW, "munmap", "read lock"),
  failing("maple", "privateArea", NOW, "munmap", "read lock, and what thread 1 was told"),
  ...eachAgainst("privateArea", REFCNT, ["change of flags"], ["the sequence, then vm_refcnt"]),
  together("privateArea", REFCNT, "change of flags", "the sequence, then read lock", "vm_refcnt"),
  together("privateArea", REFCNT, "change of flags", "the sequence, then read lock", "vm_refcnt, then the sequence"),
  together("privateArea", REFCNT, "munmap", "read lock", "vm_refcnt twice"),
  together("privateArea", REFCNT, "munmap", "read lock", "the sequence, then vm_refcnt thrice"),
];
