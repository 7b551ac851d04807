/** A recorded list, its results or its machine that cannot be read. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly code = "E_ORACLE_RECORD";
}
