/** What belongs to the machine and not to the version of its kernel. */
export type Machine = {
  /** CONFIG_MEM_SOFT_DIRTY: VMAs show `sd`, for nobody here ever clears it. */
  readonly softDirty: boolean;
  /** Protection keys for user pages. */
  readonly pku: boolean;
  /** vm.mmap_min_addr, in bytes. */
  readonly mmapMinAddr: number;
  /** Whether the file on disk is one of tmpfs. */
  readonly diskIsTmpfs: boolean;
  /** Names by which files show in lists of VMAs, where inodes of two file systems have the same number. */
  readonly aliases: Readonly<Record<string, string>>;
};

/** A machine without any of it. */
export const PLAIN_MACHINE: Machine = {
  softDirty: false,
  pku: false,
  mmapMinAddr: 0x1000,
  diskIsTmpfs: false,
  aliases: {},
};
