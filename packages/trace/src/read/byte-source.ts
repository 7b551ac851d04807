import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TraceError } from "../trace-error.ts";

/** Where a trace comes from. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` to `end`, which lie within the size. */
  read(start: number, end: number): Uint8Array;
  close(): void;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (start, end) => bytes.subarray(start, end),
    close() {
      // Nothing is held.
    },
  };
}

/** @throws TraceError E_TRACE_READ, here and from read */
export function fileSource(path: string): ByteSource {
  const fd = reading(path, () => openSync(path, "r"));
  try {
    const stat = reading(path, () => fstatSync(fd));
    if (!stat.isFile()) {
      throw new TraceError("E_TRACE_READ", `cannot read the trace ${path}: it is no regular file.`);
    }
    return {
      size: stat.size,
      read: (start, end) => reading(path, () => readFully(fd, start, end)),
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function readFully(fd: number, start: number, end: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let done = 0; done < bytes.length;) {
    const got = readSync(fd, bytes, done, bytes.length - done, start + done);
    if (got === 0) throw new Error("it became shorter while it was read");
    done += got;
  }
  return bytes;
}

function reading<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TraceError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = REASONS[code] ?? (error instanceof Error ? `${error.message}.` : String(error));
    throw new TraceError("E_TRACE_READ", `cannot read the trace ${path}: ${why}`, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file.",
  ENOTDIR: "a part of the path is a file, not a folder.",
  EISDIR: "it is a folder.",
  EACCES: "you may not read it.",
  EPERM: "you may not read it.",
};
