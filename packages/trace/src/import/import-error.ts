/**
 * What can be wrong with a kernel trace as a whole, for machines. Single bad lines are no error: they are counted.
 * - `FORMAT` this is no kernel trace; `TRUTH` the truth file cannot be understood; `LIMIT` larger or more of something than an import takes; `PROFILE` no such
 *   kernel profile; `READ` the lines cannot be read
 */
export type ImportErrorCode =
  "E_IMPORT_FORMAT" | "E_IMPORT_LIMIT" | "E_IMPORT_TRUTH" | "E_IMPORT_PROFILE" | "E_IMPORT_READ";

/** The only error that an import throws on account of its input. The message is meant to be shown as it is. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
