import { component, type Kind, type Ref } from "../store/component.ts";
import { renameKeys } from "../store/task-names.ts";
import type { PagePtr } from "./page.ts";
import type { VmaPtr } from "./vma.ts";

/** How many struct files there ever were. */
export const fileCount: Ref<number> = component("files", 0).of();

/** A struct file with its references, by holder: `fd`, and each VMA that maps it. */
export const file: Kind<File> = component<File>(
  "file:#",
  { state: "none", inode: 0, ops: "", owner: "", refs: {} },
  { value: (file, rename) => ({ ...file, refs: renameKeys(file.refs, rename) }) },
);
export type File = {
  /** `released`: the last reference is gone, and with it what the driver kept for the file. */
  readonly state: "none" | "open" | "released";
  readonly inode: number;
  /** The driver by the name of its vm_ops; empty for an ordinary file. */
  readonly ops: string;
  /** What private_data points to, by name. */
  readonly owner: string;
  readonly refs: Readonly<Record<string, number>>;
};

/** address_space->i_mmap: the VMAs that map the inode, in the order of a walk. Its rwsem is `i_mmap` and the inode. */
export const iMmap: Kind<readonly VmaPtr[]> = component<readonly VmaPtr[]>("inode:#/i_mmap", []);

/** The page cache, by inode and index in pages. */
export const pageCache: Kind<PagePtr | null> = component<PagePtr | null>("inode:#/page:#", null);

/** FMODE_READ and FMODE_WRITE: what a file was opened for. */
export const fileMode: Kind<"r" | "w" | "rw"> = component<"r" | "w" | "rw">("file:#/f_mode", "rw");

/** i_size in bytes: what lies beyond its last page cannot be faulted in. Null: nobody asks how long the file is. */
export const inodeSize: Kind<number | null> = component<number | null>("inode:#/i_size", null);

/** The index behind the last page that the cache ever had: how far a truncation has to look. */
export const cacheEnd: Kind<number> = component("inode:#/cache_end", 0);

/** Whether the inode is of shmem: a memfd, shared anonymous memory, a file on tmpfs. */
export const inodeShmem: Kind<boolean> = component("inode:#/shmem", false);

/** s_maxbytes of the inode's file system, in whole pages: MAX_LFS_FILESIZE, as in tmpfs. */
export const inodeLimit: Kind<number> = component("inode:#/s_maxbytes", 2 ** 51 - 1);

/** The number of the next inode that has no name (shmem_zero_setup). Those of opened files are below. */
export const inodeCount: Ref<number> = component("inodes", 1000).of();

/** The name under which tasks hold files that they work with for a while. */
export const BORROWED = "borrowed";

/** Name of the rwsem of an inode's i_mmap. */
export function iMmapLock(inode: number): string {
  return `i_mmap${inode}`;
}

/** Seals of a memfd (F_ADD_SEALS): nobody may write to it, or map it so that he could, from then on. */
export const fileSealed: Kind<boolean> = component("inode:#/seal_write", false);

/** Name of the rwsem that keeps faults from filling an inode's page cache: mapping->invalidate_lock. */
export function invalidateLock(inode: number): string {
  return `invalidate_lock${inode}`;
}

/** The name under which a VMA holds its file. */
export function vmaHolder(vma: number): string {
  return `vma${vma}`;
}
