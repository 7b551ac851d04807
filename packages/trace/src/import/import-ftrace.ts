import { TraceImport } from "./trace-import.ts";
import { LineCutter } from "./ftrace-lines.ts";
import { ImportError } from "./import-error.ts";
import type { ImportOptions, ImportResult } from "./import-result.ts";

/**
 * Holds a real kernel trace against the model: ftrace text becomes events of the model, and what the model refuses is a
 * divergence with the line's number.
 * @param lines the trace's lines, without their ends; see `ftraceLines` for bytes
 * @throws ImportError when this is no ftrace text, or more than an import takes; never for a single bad line
 */
export async function importFtrace(
  lines: AsyncIterable<string> | Iterable<string>,
  options: ImportOptions = {},
): Promise<ImportResult> {
  if (Symbol.iterator in lines) return importFtraceLines(lines, options);
  const running = new TraceImport(options);
  try {
    for await (const line of lines) {
      running.push(line);
      if (running.stopped) break;
    }
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError("E_IMPORT_READ", `the trace cannot be read: ${(error as Error).message}.`, error);
  }
  return running.end();
}

/**
 * The same for the bytes of a file or a pipe.
 * @throws ImportError as importFtrace does
 */
export async function importFtraceBytes(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const running = new TraceImport(options);
  const cutter = new LineCutter();
  const push = (lines: readonly string[]): void => {
    for (const line of lines) running.push(line);
  };
  try {
    for await (const chunk of chunks) {
      push(cutter.push(chunk));
      if (running.stopped) break;
    }
    push(cutter.end());
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError("E_IMPORT_READ", `the trace cannot be read: ${(error as Error).message}.`, error);
  }
  return running.end();
}

/** The same for lines that are there already. */
export function importFtraceLines(lines: Iterable<string>, options: ImportOptions = {}): ImportResult {
  const running = new TraceImport(options);
  for (const line of lines) {
    running.push(line);
    if (running.stopped) break;
  }
  return running.end();
}
