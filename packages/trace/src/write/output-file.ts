import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { TraceError } from "../trace-error.ts";

/** A file being written, whose errors say what to do. */
export class OutputFile {
  readonly #path: string;
  readonly #shown: string;
  readonly #fd: number;
  #open = true;

  /**
   * Creates the file, which must not exist.
   * @param shown the name that the user knows it by
   */
  constructor(path: string, shown: string) {
    this.#path = path;
    this.#shown = shown;
    this.#fd = this.#try(() => openSync(this.#path, "ax"));
  }

  write(bytes: Uint8Array): void {
    this.#try(() => {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done);
    });
  }

  /** Waits until the bytes are on the disk. */
  sync(): void {
    this.#try(() => fsyncSync(this.#fd));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#try(() => closeSync(this.#fd));
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw writeError(this.#shown, error);
    }
  }
}

/** What a failed system call means to whoever wanted a trace written to `path`. */
export function writeError(path: string, cause: unknown): TraceError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const why = REASONS[code] ?? (cause instanceof Error ? `${cause.message}.` : String(cause));
  return new TraceError("E_TRACE_WRITE", `cannot write the trace ${path}: ${why}`, cause);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there. Choose another folder.",
  EPERM: "you may not write there. Choose another folder.",
  EROFS: "the file system is read-only. Choose another folder.",
  ENOSPC: "the disk is full. Make room, or choose another disk.",
  EDQUOT: "your disk quota is used up. Make room, or choose another disk.",
  EFBIG: "the file would be larger than the system allows.",
  ENOENT: "the folder does not exist. Create it first.",
  ENOTDIR: "a part of the path is a file, not a folder.",
  EISDIR: "there is a folder of that name.",
  EEXIST: "a file of that name exists already, and a recording in progress never replaces one. Choose another name.",
  EMFILE: "too many files are open.",
  EIO: "the disk failed.",
};
