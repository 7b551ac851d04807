import { createReadStream, type ReadStream, closeSync, openSync, readSync, statSync } from "node:fs";
import process from "node:process";
import { createGunzip, type Gunzip } from "node:zlib";
import { CliError } from "../command-line/cli-error.ts";

/** Bytes at a time. */
const CHUNK = 64 * 1024;

/**
 * The bytes of a kernel trace: a file, packed with gzip or not, or `-` for standard input.
 * @throws CliError E_IMPORT_READ, here and while reading
 */
export async function* textBytes(path: string): AsyncGenerator<Uint8Array> {
  if (path === "-") {
    yield* process.stdin as AsyncIterable<Uint8Array>;
    return;
  }
  try {
    if (!statSync(path).isFile()) throw new CliError("E_IMPORT_READ", `cannot read ${path}: it is no regular file.`);
    const file = createReadStream(path, { highWaterMark: CHUNK });
    yield* (isGzip(path) ? unpacked(file) : file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw readable(path, error);
  }
}

/** The bytes of a packed file; what goes wrong with reading it goes wrong with this. */
function unpacked(file: ReadStream): Gunzip {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

function isGzip(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(2);
    return readSync(fd, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(fd);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "you may not read it",
  Z_BUF_ERROR: "the gzip file is cut",
  Z_DATA_ERROR: "the gzip file is damaged",
};

function readable(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("E_") || !(error instanceof Error)) return error;
  return new CliError("E_IMPORT_READ", `cannot read ${path}: ${REASONS[code] ?? error.message}.`, error);
}
