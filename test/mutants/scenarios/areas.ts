import type { ActName } from "./acts.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { eachAgainst, together } from "./together.ts";

const NOW = ["linux-6.18.19"] as const;
const OLD_AND_NOW = ["linux-5.4", "linux-6.18.19"] as const;
/** One of each form of the VMA lock, and of each way to ask for an anon_vma. */
const LOCKS = ["linux-6.4.3", "linux-6.6", "linux-6.12", "linux-6.15.0", "linux-6.18.19"] as const;

const READ_LOCKS: readonly ActName[] = ["read lock", "read lock twice", "read lock and sequence"];
const TRYLOCKS: readonly ActName[] = ["mmap_read_trylock", "mmap_write_trylock"];
const USER: readonly ActName[] = ["user code writes", "user code reads"];
const TABLE: readonly ActName[] = ["entry, then its lock", "its lock, then the entry"];
const SECOND: readonly ActName[] = ["second entry, then its lock", "its lock, then the second entry"];
const CHILD: readonly ActName[] = [
  "the child's entry, then its lock",
  "the child's lock, then its entry",
  "the parent's table lock twice, then the child's",
  "the child's table lock twice, then the parent's",
  "the child's table lock, then the parent's twice",
];
const UPROBES: readonly ActName[] = [
  "uprobe in the child",
  "uprobe in the child, then user code writes",
  "user code writes, then uprobe in the child",
];
const SWAP: readonly ActName[] = [
  "the folio's lock twice, then its table's",
  "swap cache, then the folio's lock",
  "entry, then swap cache",
  "MADV_DONTNEED, its lock twice, then the folio's",
  "MADV_DONTNEED, the folio's lock twice, then a reference",
];
const RMAP: readonly ActName[] = ["rmap walk", "migration", "anon_vma trylock"];

/** munmap, faults, fork and the VMA lock on one area, against what else may go on there. */
export const areas: readonly MutantScenario[] = [
  ...eachAgainst("privateArea", NOW, ["munmap"], [...READ_LOCKS, ...TRYLOCKS, ...USER, ...RMAP]),
  ...eachAgainst("privateArea", NOW, ["munmap"], ["munmap", "munmap the tail", "map over", "swap out", "oom reaper"]),
  ...eachAgainst("privateArea", NOW, ["munmap", "munmap the head"], ["first write", "read again", "fork", "exit"]),
  ...eachAgainst(
    "privateArea",
    NOW,
    ["munmap the head", "munmap the tail"],
    ["user code reads", "read lock", "rmap walk"],
  ),
  ...eachAgainst("privateArea", OLD_AND_NOW, ["munmap"], ["mmap_read_lock", "/proc/pid/maps", "oom reaper", "fork"]),
  ...eachAgainst("privateArea", ["linux-4.19"], ["munmap"], ["mmap_read_trylock", "user code reads", "first write"]),
  ...eachAgainst(
    "belowStack",
    ["linux-5.4", "linux-6.1", "linux-6.6"],
    ["munmap"],
    ["first write", "mmap_read_trylock"],
  ),
  ...eachAgainst(
    "stack",
    ["linux-6.1", "linux-6.4.0", "linux-6.6"],
    ["first write"],
    [
      ...(["first write", "read lock", "/proc/pid/maps", "mmap_read_trylock", "mmap_write_trylock", "fork"] as const),
      ...(["map over", "anon_vma trylock", "munmap"] as const),
    ],
  ),
  ...eachAgainst(
    "privateArea",
    NOW,
    ["first write"],
    [...READ_LOCKS, ...TRYLOCKS, ...USER, "first read", "first write"],
  ),
  ...eachAgainst(
    "privateArea",
    NOW,
    ["first write"],
    ["fork", "exit", "move", "mprotect", "MADV_DONTNEED", "oom reaper"],
  ),
  ...eachAgainst("privateArea", OLD_AND_NOW, ["write again"], ["munmap", "mprotect", "swap out", "migration", "fork"]),
  ...eachAgainst("beside", LOCKS, ["first write"], ["first write", "munmap", "mprotect", "mmap_write_trylock"]),
  ...eachAgainst(
    "swapped",
    OLD_AND_NOW,
    ["write again"],
    ["write again", "munmap", "fork", "MADV_DONTNEED", "user code writes"],
  ),
  ...eachAgainst("swapped", NOW, ["write again", "read again"], ["read again", "swap out", "oom reaper", "exit"]),
  ...eachAgainst("forked", OLD_AND_NOW, ["write again"], ["write again", "write by the other", "exit of the other"]),
  ...eachAgainst("forked", NOW, ["write again"], ["munmap", "fork", "user code reads", "rmap walk", "MADV_DONTNEED"]),
  ...eachAgainst(
    "privateArea",
    OLD_AND_NOW,
    ["fork"],
    [...USER, ...TRYLOCKS, ...RMAP, "change of flags", "fork", "exit"],
  ),
  ...eachAgainst("privateArea", LOCKS, ["fork", "change of flags"], ["read lock twice", "first write"]),
  ...eachAgainst("privateArea", NOW, ["fork without memory"], ["first write", "oom reaper", "mmap_write_trylock"]),
  ...eachAgainst(
    "beside",
    NOW,
    ["fork that runs out"],
    ["first write", "rmap walk", "oom reaper", "mmap_read_trylock"],
  ),
  ...eachAgainst("privateArea", LOCKS, READ_LOCKS, ["munmap", "map over", "change of flags", "map by the other"]),
  ...eachAgainst("privateArea", LOCKS, ["read lock by any means"], ["munmap", "change of flags"]),
  ...eachAgainst("privateFile", OLD_AND_NOW, ["munmap"], ["i_mmap walk", "i_mmap trylock", "revoke by the inode"]),
  ...eachAgainst(
    "privateFile",
    NOW,
    ["munmap", "fork", "exit"],
    ["close the file", "write again", "i_mmap trylock", ...RMAP],
  ),
  ...eachAgainst("privateFile", NOW, ["fork", "munmap the head"], ["i_mmap walk", "revoke by the inode"]),
  ...eachAgainst(
    "pageFrames",
    ["linux-5.4", "linux-6.1", "linux-6.18.19"],
    ["munmap", "munmap the head"],
    [...(["user code reads", "user code writes", "revoke by the inode"] as const)],
  ),
  ...eachAgainst("pageFrames", NOW, ["fork"], ["user code reads", "revoke by the inode"]),
  ...eachAgainst("wholeTable", ["linux-6.12"], ["write again"], ["khugepaged", "write again"]),
  ...eachAgainst("wholeTable", NOW, ["write again"], ["MADV_DONTNEED", "khugepaged"]),
  ...eachAgainst("twoTables", OLD_AND_NOW, ["write far off"], ["munmap", "fork", "MADV_DONTNEED"]),
  ...eachAgainst("twoTablesUnused", OLD_AND_NOW, ["write far off"], ["munmap", "write again"]),
  ...eachAgainst("privateArea", OLD_AND_NOW, ["map and write by the other"], ["munmap", "first write", "fork"]),
  ...eachAgainst("forked", OLD_AND_NOW, ["write again"], ["map and write by the other"]),
  ...eachAgainst(
    "beside",
    NOW,
    ["first write with the VMA locked", "first write under mmap_lock"],
    ["mmap_write_trylock"],
  ),
  ...eachAgainst("beside", NOW, ["first write"], ["anon_vma and trylock"]),
  ...eachAgainst("privateFile", NOW, ["munmap"], ["i_mmap walk, then anon_vma walk"]),
  ...eachAgainst("swapped", NOW, ["write again"], ["swap in, the second page out"]),
  ...eachAgainst("stack", ["linux-6.6"], ["first write"], ["munmap above"]),
  ...eachAgainst("privateArea", NOW, ["fork to thread 2"], ["the child"]),
  ...eachAgainst("privateArea", NOW, ["fork", "munmap"], ["anon_vma walk twice"]),
  ...eachAgainst("privateFile", NOW, ["fork", "munmap"], ["i_mmap walk twice", "anon_vma walk twice"]),
  ...eachAgainst("privateArea", NOW, ["munmap", "fork"], TABLE),
  ...eachAgainst("privateArea", NOW, ["first write", "first read"], SECOND),
  ...eachAgainst("swapped", NOW, ["write again"], [...TABLE, "its lock twice, then the folio's"]),
  ...eachAgainst("forked", NOW, ["write again"], [...TABLE, "entry, its lock, then a write by the other"]),
  ...eachAgainst(
    "privateArea",
    NOW,
    ["fork"],
    ["user code writes, then mmap_read_trylock", "mmap_read_trylock, then user code writes"],
  ),
  ...eachAgainst("stack", ["linux-6.4.0", "linux-6.6"], ["first write"], ["walk, then anon_vma trylock"]),
  ...eachAgainst("pageFrames", NOW, ["write again"], ["user code reads"]),
  ...eachAgainst("swapped", NOW, ["write again"], ["new page in the slot"]),
  ...eachAgainst("swapped", NOW, ["write again"], SWAP),
  ...eachAgainst("stack", ["linux-6.6"], ["first write"], ["mmap_read_lock", "anon_vma walk twice"]),
  ...eachAgainst("twoStacks", ["linux-6.1", "linux-6.6"], ["first write"], ["grow the other stack"]),
  ...eachAgainst("privateArea", NOW, ["fork to thread 2 without memory"], ["the child"]),
  together("stack", ["linux-6.6"], "first write", "munmap above", "mmap_read_lock"),
  ...eachAgainst("privateArea", NOW, ["fork"], CHILD),
  ...eachAgainst("privateFile", NOW, ["fork"], UPROBES),
  together("privateArea", NOW, "first write", "first write", "a page, then the table's lock"),
  ...eachAgainst("reusable", NOW, ["write again"], TABLE),
  ...eachAgainst("forked", NOW, ["write again"], ["its lock thrice, then the entry"]),
  ...eachAgainst("straddling", NOW, ["munmap", "fork"], ["the first table's lock twice, then the second's"]),
  together("swapped", NOW, "write again", "MADV_DONTNEED", "a page, then the folio's lock"),
  together("emptyTable", NOW, "write again", "MADV_DONTNEED", "a page, then the table's lock"),
  together("forked", NOW, "write again", "write again", "a page, then the table's lock"),
  together("privateArea", ["linux-4.19", "linux-6.18.19"], "munmap", "mmap_read_lock", "mmap_read_lock"),
  together("privateArea", NOW, "fork", "mmap_read_lock", "mmap_read_lock"),
  together("privateArea", LOCKS, "munmap", "read lock", "read lock"),
  together("privateArea", LOCKS, "change of flags", "read lock", "read lock"),
  together("privateArea", ["linux-6.15.0", "linux-6.18.19"], "munmap", "read lock", "map by the other"),
  together("privateFile", NOW, "munmap", "i_mmap walk", "i_mmap walk"),
];
