/** Mutants of which no test can tell, all for one reason. */
export interface CallEquivalence {
  /** Why nobody can see a difference. */
  readonly reason: string;
  readonly mutants: readonly string[];
}

/** Every mutant that survives, with the reason why it does. */
export const equivalent: readonly CallEquivalence[] = [
  {
    reason:
      "What is wrong with the registers is told before anything is mapped: start and length are not looked at then.",
    mutants: ["sysMmap: true wrong === 0", "sysMmap: true wrong === 0 (2)"],
  },
  {
    reason:
      "An offset has 52 bits of pages and a length has 52: their sum does not wrap in 64 bits. The kernel asks, for " +
      "32 bits.",
    mutants: [
      "mistake: swap length === 0n and wrap(pgoff + (length >> 12n)) < pgoff",
      "mistake: swap wrap(pgoff + (length >> 12n)) < pgoff and length > TASK_END",
      "mistake: false wrap(pgoff + (length >> 12n)) < pgoff",
      "mistake: edge wrap(pgoff + (length >> 12n)) < pgoff",
      "mistake: errno EOVERFLOW is EINVAL, wrap(pgoff + (length >> 12n)) < pgoff",
    ],
  },
  {
    reason:
      "A length beyond TASK_SIZE is -ENOMEM in any case: no fixed place ends below TASK_SIZE then, and no other " +
      "place is found.",
    mutants: [
      "mistake: swap length > TASK_END and (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0",
      "mistake: false length > TASK_END",
    ],
  },
  {
    reason:
      "An address that is asked for is a page below TASK_SIZE by then, so that a hint's treatment leaves it as it " +
      "is.",
    mutants: ["placeOf: false (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0"],
  },
  {
    reason: "A hint beyond TASK_SIZE is no place that get_unmapped_area could take: it goes on as if there were none.",
    mutants: ["placeOf: false page > TASK_END", "placeOf: edge page > TASK_END"],
  },
  {
    reason:
      "MAP_FIXED_NOREPLACE is MAP_FIXED as well, for which no place is looked for: the two checks never both hold.",
    mutants: [
      "mmapLocked: swap start < 0 and (flags & MAP.FIXED_NOREPLACE) !== 0 && (yield* vmaIntersects(mm, start, start + length))",
    ],
  },
  {
    reason: "No errno of these, read as flags, is executable in the way that PR_SET_MDWE asks about.",
    mutants: ["mmapLocked: swap vmFlags < 0 and yield* mapDenyWriteExec(mm, vmFlags, vmFlags)"],
  },
  {
    reason: "Flags are never 0: a VMA has VM_MAY* at least.",
    mutants: ["mmapLocked: edge vmFlags < 0", "adviseFlags: edge flags < 0"],
  },
  {
    reason: "A region whose file is undefined is a region without a file.",
    mutants: ["mmapLocked: false slot === undefined"],
  },
  {
    reason: "Emptying a part of the tree in which nothing is mapped changes nothing.",
    mutants: ["overwrite: drop old.length > 0", "overwrite: edge old.length > 0"],
  },
  {
    reason: "A length is more than 0, so that a gap that is long enough begins below where it ends.",
    mutants: ["getUnmappedArea: drop area.end < end", "getUnmappedArea: edge area.end < end"],
  },
  {
    reason: "What begins beyond TASK_SIZE has less than nothing left below it: the next check says the same.",
    mutants: ["sysMunmap: drop address > TASK_END", "sysMunmap: edge address > TASK_END"],
  },
  {
    reason: "Nothing is mapped beyond TASK_SIZE: whatever number stands for such an address, nothing is found there.",
    mutants: [
      "sysMprotect: false start > TASK_END",
      "sysMprotect: edge start > TASK_END",
      "sysMprotect: false end > TASK_END",
      "sysMprotect: edge end > TASK_END",
      "sysMadvise: edge start > TASK_END",
      "sysMadvise: false end > TASK_END",
      "sysMadvise: edge end > TASK_END",
      "sysMlock: edge start > TASK_END",
      "sysMlock: false end > TASK_END",
      "sysMlock: edge end > TASK_END",
      "userTouch: false address >= TASK_SIZE",
      "userTouch: edge address >= TASK_SIZE",
    ],
  },
  {
    reason: "Where nothing is mapped, the walk over the VMAs says -ENOMEM by itself.",
    mutants: ["protectLocked: swap grows === 0 and first === null"],
  },
  {
    reason: "What is not accounted for cannot lose VM_ACCOUNT.",
    mutants: ["accountedFlags: drop (view.flags & VM.ACCOUNT) === 0"],
  },
  {
    reason: "mremap() asks the same once more, before it takes the lock: it has callers with no registers.",
    mutants: [
      "sysMremap: drop dontUnmap",
      "sysMremap: false dontUnmap && oldLength !== newLength",
      "sysMremap: false offsetInPage(address) !== 0n || newLength === 0n",
      "sysMremap: drop offsetInPage(address) !== 0n",
      "sysMremap: drop newLength === 0n",
    ],
  },
  {
    reason: "A place that nobody has named is null, of which no comparison holds.",
    mutants: ["wrongPlace: swap place === null and place % 4096 !== 0 || place < 0 || place > TASK_SIZE - newLength"],
  },
  {
    reason: "A register is never below 0.",
    mutants: ["wrongPlace: drop place < 0"],
  },
  {
    reason: "An errno is no address at which anything is mapped.",
    mutants: ["underWriteLock: drop result >= 0"],
  },
  {
    reason: "No place that the kernel chooses is address 0.",
    mutants: ["mremapAt: edge to < 0"],
  },
  {
    reason: "What mremap returns is mapped.",
    mutants: ["isLocked: drop vma !== undefined"],
  },
  {
    reason:
      "Several VMAs are looked for one by one: where there is none at the beginning, that walk says -EFAULT as " +
      "well.",
    mutants: ["remapLocked: swap k.knobs.mremapMultiVma && to !== null && oldLength === newLength and first === null"],
  },
  {
    reason: "mremap_at() asks the same of what grows; what does not grow is not asked there, and needs not be.",
    mutants: ["remapLocked: drop newLength > oldLength"],
  },
  {
    reason:
      "The VMA is there still: what was unmapped lies elsewhere, and an old length that wraps was refused when its " +
      "tail was to be cut off.",
    mutants: [
      "mremapTo: swap source === null and refused !== 0",
      "mremapTo: false source === null",
      "mremapTo: errno EFAULT is EINVAL, source === null",
    ],
  },
  {
    reason: "Sealed memory has been refused before, except where several VMAs move, whose parts have a length.",
    mutants: [
      "mayRemap: swap view.sealed === true and oldLength === 0 && (view.flags & (VM.SHARED | VM.MAYSHARE)) === 0",
    ],
  },
  {
    reason:
      "The VMA that grows goes with its own continuation, and what goes with that goes with the VMA: `both` holds " +
      "wherever there is a next one.",
    mutants: ["expandInPlace: true both && k.vmOps.get(ops)?.close === undefined", "expandInPlace: drop both"],
  },
  {
    reason: "Nothing is left to remove where nothing merges.",
    mutants: ["expandInPlace: drop k.vmOps.get(ops)?.close === undefined", "expandInPlace: true removable"],
  },
  {
    reason: "What is not locked gets the flags that it has.",
    mutants: ["unlock: false (flags & VM.LOCKED) === 0"],
  },
  {
    reason: "MREMAP_FIXED names a place, without which several VMAs are not moved.",
    mutants: ["remapSeveral: false remap.to === null"],
  },
  {
    reason: "The VMA is held by its lock: it has not been freed.",
    mutants: [
      "madviseDontneedValid: false vma === undefined",
      "madviseDontneedValid: errno EFAULT is EINVAL, vma === undefined",
      "commitMerge: false vma === undefined",
    ],
  },
  {
    reason:
      "A length that wraps is below 0 for the procedures, each of which refuses it with the same errno before it " +
      "takes a lock, or under it as mlock does.",
    mutants: [
      "sysMadvise: swap end < start and end === start",
      "sysMadvise: false end < start",
      "sysMlock: false end < start",
    ],
  },
  {
    reason:
      "What an old kernel lacks it lacks from one number on: each later advice is refused by the check of that " +
      "advice too.",
    mutants: ["behaviorValid: drop advice <= 21", "behaviorValid: drop advice <= 25"],
  },
  {
    reason:
      "A part of a VMA that a walk has found is not empty; only a monitor that took mmap_lock away could make it " +
      "so.",
    mutants: ["dontneedVma: drop range.start >= range.end", "dontneedVma: edge range.start >= range.end"],
  },
  {
    reason: "anon_vma_prepare does nothing where there is an anon_vma.",
    mutants: ["guardInstall: drop (yield* readAnonVma(vma)) === null"],
  },
  {
    reason: "Both are comparisons with one errno or result: they never hold at once.",
    mutants: [
      "sysMlock: swap failed === ERRNO.EFAULT and failed === ERRNO.ENOMEM",
      'faultError: swap result === "ok" and result === "OOM"',
      'faultError: swap result === "OOM" and result === "SIGKILL"',
    ],
  },
  {
    reason: "What did not fail has error 0.",
    mutants: ["mmPopulate: drop failed !== 0"],
  },
  {
    reason: "A fault on a page that is there as it is wanted finds it, and changes nothing.",
    mutants: [
      "populateOne: false mapped !== null && (mapped.write || !write)",
      "populateOne: drop mapped.write",
      "populateOne: drop !write",
      'populateOne: false !write && entry !== null && "kind" in entry && entry.kind === "zero"',
      'populateOne: drop "kind" in entry',
      'populateOne: not "kind" in entry',
    ],
  },
  {
    reason: "No kernel that asks next first has mseal(2).",
    mutants: [
      'vmaMergeNeighbours: swap self !== null && tx.read(vmaSlot.of(self.vma)).sealed === true and range.rule.first === "next"',
    ],
  },
  {
    reason: "Where there is no next one, none is removed.",
    mutants: ["nextFirst: drop next !== null"],
  },
  {
    reason:
      "The file decides the driver, and with it vm_ops and private data; what a driver maps without a file is not " +
      "asked to merge.",
    mutants: ["neighbour: drop vma.ops === range.ops", "neighbour: drop vma.owner === range.owner"],
  },
  {
    reason:
      "The lock that the field needs is held by everybody who merges: the check is one of the rules, whose own " +
      "tests break it.",
    mutants: [
      "commitMerge: true start !== vma.start",
      "commitMerge: false start !== vma.start",
      "commitMerge: not start !== vma.start",
      "commitMerge: true end !== vma.end",
    ],
  },
  {
    reason: "What is removed lies in the range, and what lies in the range leaves the tree.",
    mutants: ["commitMerge: true entry.vma !== removed?.vma"],
  },
  {
    reason: "What is adjusted has a rest, unless it was freed.",
    mutants: ["commitMerge: drop rest !== null"],
  },
  {
    reason: "What has no anon_vma has no chain of them, whose length is asked as well.",
    mutants: ["findMergeable: drop slot !== null"],
  },
  {
    reason: "Without a file and an anon_vma no lock is taken.",
    mutants: ["vmaResize: false inode === null && root === null"],
  },
  {
    reason: "Two VMAs that merge have the same anon_vma, if both have one: it does not matter from whom it comes.",
    mutants: ["vmaResize: swap gone?.anonVma != null and from?.anonVma != null"],
  },
  {
    reason: "A VMA without an anon_vma gives none.",
    mutants: ["vmaResize: true from?.anonVma != null"],
  },
  {
    reason:
      "Only lockless lookups see the mark that is set here: what commit_merge removes leaves the tree in any case.",
    mutants: ["vmaResize: false removed !== null (2)"],
  },
  {
    reason: "A VMA that is told twice of its guards has them once.",
    mutants: [
      "vmaResize: false source === null || [removed, adjusted].some((one) => one?.vma === source.vma)",
      "vmaResize: drop [removed, adjusted].some((one) => one?.vma === source.vma)",
      "vmaResize: false one?.vma === source.vma",
    ],
  },
  {
    reason:
      "There is something of what is removed only where something is; unlinking what is linked nowhere changes " +
      "nothing.",
    mutants: [
      "vmaResize: drop removed !== null",
      "vmaResize: drop gone?.anonVma != null",
      "vmaResize: drop removed !== null (2)",
      "vmaResize: drop gone?.rmap?.inode != null",
    ],
  },
  {
    reason: "In the middle of a VMA nothing else ends or begins: there are no neighbours at its edges.",
    mutants: ["vmaMergeExisting: false !left && !right", "vmaMergeExisting: true left", "vmaMergeExisting: true right"],
  },
  {
    reason: "What is removed as a whole keeps nothing of which a part could be adjusted.",
    mutants: ["vmaMergeExisting: false whole (2)"],
  },
  {
    reason: "Where both go together there are both.",
    mutants: ["vmaMergeExisting: drop prev !== null", "vmaMergeExisting: drop next !== null"],
  },
  {
    reason: "The copy merges into a VMA that begins where the source does only if that is the source itself.",
    mutants: ["copyOrMerge: edge now.start <= view.start"],
  },
  {
    reason: "Which locks are held while pages move can only be told by a walk that comes meanwhile.",
    mutants: ["copyOrMerge: true now.pgoff <= view.pgoff", "copyOrMerge: edge now.pgoff <= view.pgoff"],
  },
  {
    reason: "Shared memory without a file merges at any offset, and a copy has its offset from elsewhere.",
    mutants: ["mergeCopy: drop (flags & VM.SHARED) === 0"],
  },
];
