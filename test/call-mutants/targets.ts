import { filesOf, type Target } from "../mutants/target.ts";

/** What is mutated: what decides errnos, in which order, and what merges. */
export const targets: readonly Target[] = [
  {
    name: "mmap",
    parts: [
      { file: "syscalls/sys-mmap.ts" },
      {
        file: "kernel/mmap.ts",
        functions: ["pgoffOf", "mapRegion", "accounted", "clearFirst", "overwrite", "mmapRegion"],
      },
      { file: "kernel/mdwe.ts" },
      { file: "events/unmapped-area-steps.ts" },
    ],
  },
  {
    name: "munmap",
    parts: [
      { file: "syscalls/sys-munmap.ts" },
      { file: "kernel/munmap.ts", functions: ["munmap", "detach", "gather", "cutArea"] },
    ],
  },
  {
    name: "mprotect",
    parts: [
      { file: "syscalls/sys-mprotect.ts" },
      {
        file: "kernel/mprotect.ts",
        functions: [
          "protectAll",
          "vmaNext",
          "protectOne",
          "mprotectFixup",
          "accountedFlags",
          "vmaModifyFlags",
          "splitAround",
        ],
      },
      { file: "events/mprotect-steps.ts", functions: ["protectedFlags", "isAnonymous"] },
    ],
  },
  {
    name: "mremap",
    parts: [
      { file: "syscalls/sys-mremap.ts" },
      {
        file: "kernel/mremap.ts",
        functions: [
          "mremap",
          "wrongPlace",
          "underWriteLock",
          "isLocked",
          "remapLocked",
          "mremapAt",
          "mremapTo",
          "vmaAt",
          "mayRemap",
          "growsInPlace",
          "expandInPlace",
          "moveVma",
          "unlock",
          "mayCut",
          "covers",
          "remapSeveral",
          "unmapRange",
        ],
      },
      { file: "events/mremap-steps.ts", functions: ["copyVma", "vmaExpandable"] },
    ],
  },
  {
    name: "madvise",
    parts: [
      { file: "syscalls/sys-madvise.ts" },
      {
        file: "kernel/madvise.ts",
        functions: [
          "madviseDontneed",
          "madviseDontneedLocked",
          "underReadLock",
          "dontneedVma",
          "madviseWalk",
          "madviseFlags",
          "adviseFlags",
          "advisedFlags",
        ],
      },
      {
        file: "kernel/madvise-pages.ts",
        functions: ["madvisePages", "adviseOne", "willneed", "coldOrPageout", "remove", "collapse"],
      },
      { file: "kernel/madvise-populate.ts" },
      { file: "kernel/madvise-guard.ts" },
      { file: "kernel/lazyfree.ts", functions: ["freeVma"] },
      { file: "events/madvise-steps.ts", functions: ["keepsData", "madviseDontneedValid"] },
    ],
  },
  {
    name: "mlock",
    parts: [{ file: "syscalls/sys-mlock.ts" }, { file: "kernel/mlock.ts" }, { file: "kernel/populate.ts" }],
  },
  { name: "ftruncate", parts: [{ file: "syscalls/sys-ftruncate.ts" }] },
  { name: "touch", parts: [{ file: "syscalls/user-touch.ts" }] },
  {
    name: "merge",
    parts: [
      {
        file: "events/vma-merge-steps.ts",
        functions: [
          "vmaMergeNeighbours",
          "nextFirst",
          "joinable",
          "neighbour",
          "isMergeableAnonVma",
          "ctxOf",
          "commitMerge",
        ],
      },
      { file: "events/anon-vma-steps.ts", functions: ["findMergeable", "compatible"] },
      {
        file: "kernel/vma-split.ts",
        functions: ["splitVmaAt", "mergeRule", "joinNeighbours", "vmaResize", "vmaMergeExisting"],
      },
      { file: "kernel/copy-vma.ts", functions: ["copyOrMerge", "mergeCopy"] },
    ],
  },
];

/** Every file that has something to mutate, relative to packages/mm/src. */
export const targetFiles: readonly string[] = filesOf(targets);
