import { type ByteSource, fileSource, memorySource } from "./byte-source.ts";
import { openIndex } from "./open-index.ts";
import { Trace } from "./trace.ts";
import { walkBlocks } from "./walk-blocks.ts";

/**
 * The gate, for bytes: checks the version, every block's frame and sum, their order and the index, before anything
 * else sees them. Payloads are checked as they are opened.
 * @throws TraceError, and nothing else whatever the bytes
 */
export function decodeTrace(bytes: Uint8Array): Trace {
  const source = memorySource(bytes);
  return new Trace(source, walkBlocks(source));
}

/**
 * The gate, for files: like {@link decodeTrace}, but a finished trace opens by its index, and each block's sum is
 * checked when it is read, so that the time to open does not grow with the trace.
 * @throws TraceError, and nothing else whatever the file
 */
export function openTrace(path: string): Trace {
  const source = fileSource(path);
  try {
    return openSource(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The gate, for anything that can be read at an offset. */
export function openSource(source: ByteSource): Trace {
  return new Trace(source, openIndex(source) ?? walkBlocks(source));
}
