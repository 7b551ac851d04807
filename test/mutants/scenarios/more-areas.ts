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
const SWAPPED: readonly ActName[] = [
  "MADV_DONTNEED, its page twice, then the folio's lock",
  "MADV_DONTNEED, the folio's lock twice, then its page",
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
  ...eachAgainst("privateArea", NOW, ["the entry, write again, then the entry"], ["migration"]),
  ...eachAgainst("privateArea", NOW, ["fork"], ["the child's table lock, the parent's, then the child's entry"]),
  ...eachAgainst("privateFile", NOW, ["fork"], ["uprobe that waits to read", ...COUNTS]),
  ...eachAgainst("fileAndMore", NOW, ["fork that runs out"], COPY_THROWN_AWAY),
  ...eachAgainst("privateFile", NOW, ["munmap"], ["a VMA of the other's, then file_count"]),
  failing("maple", "privateArea", NOW, "munmap", "read lock"),
  failing("maple", "privateArea", NOW, "munmap", "read lock, mmap_read_trylock, and what thread 1 was told"),
  ...eachAgainst("privateArea", REFCNT, ["change of flags"], ["the sequence, then vm_refcnt", "read lock for ever"]),
  together("privateArea", REFCNT, "change of flags", "the sequence, then read lock", "vm_refcnt"),
  together("privateArea", REFCNT, "change of flags", "read lock", "vm_refcnt, the sequence, vm_refcnt"),
  together("privateArea", REFCNT, "munmap", "read lock", "vm_refcnt twice"),
  ...eachAgainst(
    "beside",
    REFCNT,
    ["write lock under mmap_read_lock"],
    ["write lock of the VMA beside under mmap_read_lock"],
  ),
  ...eachAgainst("privateFile", NOW, ["munmap"], ["mapping_mapped, then i_mmap trylock"]),
  ...eachAgainst("privateArea", NOW, ["munmap"], ["an anon_vma of the other's, then the first's lock"]),
  together("privateArea", NOW, "first write", "first write", "second entry, its lock thrice, then pages 1 and 2"),
  ...eachAgainst("forked", NOW, ["write again"], ["MADV_DONTNEED, its lock twice, then page 1"]),
  ...eachAgainst("swapped", NOW, ["write again"], ["another page in the slot", ...SWAPPED]),
  together("swappedOut", NOW, "write again", "write again", "the swap cache, page 1 twice, then the swap cache"),
  ...eachAgainst("swappedOut", NOW, ["write again"], ["write again", "MADV_DONTNEED", "fork"]),
];
