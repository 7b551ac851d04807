import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { CliError } from "../command-line/cli-error.ts";

/** Bytes of a text that is read as a whole: a truth file has some per phase and per operation. */
const LIMIT = 256 * 1024 * 1024;

/**
 * The text of a file that accompanies a trace, packed with gzip or not.
 * @throws CliError E_IMPORT_READ
 */
export function readSmall(path: string): string {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new CliError("E_IMPORT_READ", `cannot read ${path}: it is no regular file.`);
    if (found.size > LIMIT)
      throw new CliError("E_IMPORT_READ", `cannot read ${path}: it has more than ${LIMIT} bytes.`);
    const bytes = readFileSync(path);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (packed ? gunzipSync(bytes, { maxOutputLength: LIMIT }) : bytes).toString("utf8");
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("E_IMPORT_READ", `cannot read ${path}: ${(error as Error).message}.`, error);
  }
}
