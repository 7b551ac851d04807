/**
 * One line of an operation list: a system call of the process under test, a touch, or something that happens to it.
 * Addresses, lengths and offsets are the registers as the caller passes them: unsigned 64-bit numbers, nothing checked.
 */
export type Operation = OperationBody & {
  /** Number of the line in its list, from 1. */
  readonly line: number;
  /** The line without comment, as the results repeat it. */
  readonly text: string;
};

export type OperationBody =
  | {
      readonly op: "mmap";
      readonly address: bigint;
      readonly length: bigint;
      /** PROT_* as given, unknown bits included. */
      readonly prot: bigint;
      /** MAP_* as given, unknown bits included. */
      readonly flags: bigint;
      readonly fd: Descriptor;
      /** Bytes. */
      readonly offset: bigint;
    }
  | { readonly op: "munmap" | "mlock" | "munlock"; readonly address: bigint; readonly length: bigint }
  | { readonly op: "mprotect"; readonly address: bigint; readonly length: bigint; readonly prot: bigint }
  | { readonly op: "madvise"; readonly address: bigint; readonly length: bigint; readonly advice: bigint }
  | {
      readonly op: "mremap";
      readonly address: bigint;
      readonly oldLength: bigint;
      readonly newLength: bigint;
      readonly flags: bigint;
      readonly newAddress: bigint;
    }
  /** One byte is read, or written with 0x5a. */
  | { readonly op: "r" | "w"; readonly address: bigint }
  /** A child touches one byte, or nothing, shows its memory, and ends. */
  | { readonly op: "fork"; readonly touch: "none" | "r" | "w"; readonly address: bigint }
  /** The rest of the list runs in a child. */
  | { readonly op: "forkcont" }
  | { readonly op: "trunc"; readonly fd: Descriptor; readonly length: bigint }
  /** The window is unmapped, and the files are as at the start. */
  | { readonly op: "reset" };

/**
 * The files that are open: two memfds, and a file on disk opened for both, for reading, for writing; all of
 * {@link FILE_PAGES} pages. A number is a descriptor that nobody opened; -1 is what anonymous memory passes.
 */
export type Descriptor = FileName | number;
export const FILE_NAMES = ["m0", "m1", "f0", "f1", "f2"] as const;
export type FileName = (typeof FILE_NAMES)[number];

/** Length of every file at the start, in pages. Each page of the file on disk begins with the letter F. */
export const FILE_PAGES = 256;
/** First byte of the window that is compared. */
export const WINDOW_START = 0x1000_0000_0000;
/** Length of the window, in pages, where nobody says otherwise. */
export const WINDOW_PAGES = 64;
/** What a write touch stores. */
export const WRITTEN_BYTE = 0x5a;
