/**
 * What can go wrong with a trace, for machines:
 * - `FORMAT` the bytes are no trace, or say something no writer says; `VERSION` a format this version cannot read;
 *   `CHECKSUM` bytes changed after they were written; `TRUNCATED` the file ends before anything could be used;
 *   `LIMIT` larger or deeper than a trace may be; `READ` the file cannot be read
 * - `WRITE` the file cannot be written; `VALUE` something that a trace cannot hold; `EVENT` an event that cannot be
 *   recorded because it did not happen
 * - `MODEL` the trace speaks of things that this version's model does not know; `DIVERGED` the model does something
 *   else than what was recorded, met where a state was asked for; `RANGE` no such event; `SCHEDULE` no such schedule
 */
export type TraceErrorCode =
  | "E_TRACE_FORMAT"
  | "E_TRACE_VERSION"
  | "E_TRACE_CHECKSUM"
  | "E_TRACE_TRUNCATED"
  | "E_TRACE_LIMIT"
  | "E_TRACE_READ"
  | "E_TRACE_WRITE"
  | "E_TRACE_VALUE"
  | "E_TRACE_EVENT"
  | "E_TRACE_MODEL"
  | "E_TRACE_DIVERGED"
  | "E_TRACE_RANGE"
  | "E_TRACE_SCHEDULE";

/** The only error that this package throws on account of a trace. The message is meant to be shown as it is. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly code: TraceErrorCode;

  constructor(code: TraceErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Whether an error says that the bytes of a trace are not what a writer wrote. */
export function meansCorrupt(error: unknown): error is TraceError {
  if (!(error instanceof TraceError)) return false;
  return ["E_TRACE_FORMAT", "E_TRACE_CHECKSUM", "E_TRACE_LIMIT", "E_TRACE_TRUNCATED"].includes(error.code);
}
