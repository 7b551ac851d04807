import { ImportError } from "./import-error.ts";
import { LIMITS } from "./limits.ts";

/**
 * The lines of a file or a pipe, without their ends. Bytes that are no UTF-8 become replacement characters.
 * @throws ImportError E_IMPORT_LIMIT for a line that no kernel writes, as soon as it is too long
 */
export async function* ftraceLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > LIMITS.lineLength) {
      throw new ImportError(
        "E_IMPORT_LIMIT",
        `a line has more than ${LIMITS.lineLength} characters: this is no ftrace text.`,
      );
    }
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
