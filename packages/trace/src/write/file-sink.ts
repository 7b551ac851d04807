import { randomBytes } from "node:crypto";
import { renameSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ByteSink } from "./byte-sink.ts";
import { OutputFile, writeError } from "./output-file.ts";

/**
 * A trace file that appears under its name only when it is complete, and then at once: bytes go to a hidden file in
 * the same folder, which takes the name on commit. Whatever fails, a trace that was there before stays as it was.
 * @throws TraceError E_TRACE_WRITE, here and from the sink's methods
 */
export function fileSink(path: string): ByteSink {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = new OutputFile(temporary, path);
  const remove = (): void => {
    try {
      file.close();
      unlinkSync(temporary);
    } catch {
      // It is gone, or the folder is: there is nothing left to tidy, and the first error is the one to tell.
    }
  };
  return {
    write: (bytes) => file.write(bytes),
    commit() {
      try {
        file.sync();
        file.close();
        renameSync(temporary, path);
      } catch (error) {
        remove();
        throw writeError(path, error);
      }
    },
    abort: remove,
  };
}

/**
 * A trace file that grows in place, block by block, while a run is being watched: a program that is killed loses the
 * block it was collecting and nothing else, and what is there opens as a truncated trace.
 * @param options.sync waits for the disk after each block: also a machine that loses power then loses one block only
 * @throws TraceError E_TRACE_WRITE when the file exists, here, and from the sink's methods
 */
export function liveFileSink(path: string, options: { readonly sync?: boolean } = {}): ByteSink {
  const file = new OutputFile(path, path);
  return {
    write(bytes) {
      file.write(bytes);
      if (options.sync === true) file.sync();
    },
    commit() {
      file.sync();
      file.close();
    },
    abort() {
      try {
        file.close();
      } catch {
        // The blocks written so far are all that there is to keep.
      }
    },
  };
}
