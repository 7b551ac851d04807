import {
  doDentryOpen,
  fileMode,
  genericPerformWrite,
  inodeLimit,
  inodeShmem,
  inodeSize,
  PAGE_SIZE,
} from "@faultline/mm";
import { FILE_NAMES, FILE_PAGES, type Operation } from "../list/operation.ts";
import type { Runner } from "./runner.ts";
import type { FileNames } from "./show.ts";

/** The inodes of the files, by the letter of their names. */
const INODES = { m0: 0, m1: 1, f0: 2, f1: 2, f2: 2 } as const;
const MODES = { m0: "rw", m1: "rw", f0: "rw", f1: "r", f2: "w" } as const;
/** How many pages a file of ext4 may have. */
const EXT4_PAGES = 2 ** 32 - 1;
/** What each page of the file on disk begins with. */
const FILE_BYTE = 0x46;

/** The names by which inodes show. */
export const INODE_NAMES: FileNames = new Map([
  [0, "m0"],
  [1, "m1"],
  [2, "f"],
]);

/** The files that a process has open from the start: two of memory, and one on disk three times. */
export class OpenFiles {
  /** The struct file of each, by name. */
  readonly slots: ReadonlyMap<string, number>;
  readonly #runner: Runner;
  /** Whether the file on disk is filled. */
  readonly #filled: boolean;
  /** Whether anything since it was filled can have changed it, or what its cache holds. */
  #diskUsed = false;

  constructor(runner: Runner, diskIsTmpfs: boolean, filled: boolean) {
    this.#runner = runner;
    this.#filled = filled;
    const slots = new Map<string, number>();
    for (const name of FILE_NAMES) {
      const slot = runner.run(() => doDentryOpen(INODES[name], "", ""));
      slots.set(name, slot);
      runner.table.set(fileMode.of(slot), MODES[name]);
    }
    this.slots = slots;
    for (const inode of [0, 1]) runner.table.set(inodeShmem.of(inode), true);
    runner.table.set(inodeShmem.of(2), diskIsTmpfs);
    if (!diskIsTmpfs) runner.table.set(inodeLimit.of(2), EXT4_PAGES);
    this.#fill(filled);
  }

  /** Somebody is about to do this. */
  note(operation: Operation): void {
    if ("fd" in operation && typeof operation.fd === "string" && operation.fd.startsWith("f")) this.#diskUsed = true;
  }

  /** All are as they were at the start; nobody has them mapped. */
  reset(): void {
    for (const name of ["m0", "m1", ...(this.#diskUsed ? ["f0"] : [])]) {
      const file = this.slots.get(name)!;
      this.#runner.run((k) => k.sysFtruncate(file, 0n));
    }
    this.#fill(this.#filled && this.#diskUsed);
    this.#diskUsed = false;
  }

  /** All are as long as they are at the start; the one on disk has been written. */
  #fill(onDisk: boolean): void {
    for (const inode of [0, 1, 2]) this.#runner.table.set(inodeSize.of(inode), FILE_PAGES * PAGE_SIZE);
    for (let index = 0; onDisk && index < FILE_PAGES; index++)
      this.#runner.run(() => genericPerformWrite(INODES.f0, index, FILE_BYTE));
  }
}
