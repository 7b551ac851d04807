/** A line of an operation list that is no operation. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly code = "E_OPS_LINE";
  /** Number of the line, from 1. */
  readonly line: number;

  constructor(line: number, text: string, reason: string) {
    super(`line ${line} is no operation: ${JSON.stringify(text)}: ${reason}`);
    this.line = line;
  }
}
