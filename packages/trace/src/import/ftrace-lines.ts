import { ImportError } from "./import-error.ts";
import { LIMITS } from "./limits.ts";

/**
 * Cuts bytes into lines, without their ends. Bytes that are no UTF-8 become replacement characters.
 */
export class LineCutter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /**
   * The lines that end in these bytes.
   * @throws ImportError E_IMPORT_LIMIT for a line that no kernel writes, as soon as it is too long
   */
  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > LIMITS.lineLength) {
      throw new ImportError(
        "E_IMPORT_LIMIT",
        `a line has more than ${LIMITS.lineLength} characters: this is no kernel trace.`,
      );
    }
    return lines;
  }

  /** What comes after the last end of a line, if anything. */
  end(): string[] {
    const last = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return last === "" ? [] : [last];
  }
}

/**
 * The lines of a file or a pipe, without their ends. Bytes that are no UTF-8 become replacement characters.
 * @throws ImportError E_IMPORT_LIMIT for a line that no kernel writes, as soon as it is too long
 */
export async function* ftraceLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const cutter = new LineCutter();
  for await (const chunk of chunks) yield* cutter.push(chunk);
  yield* cutter.end();
}
