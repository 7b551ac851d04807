/** Something that the user can put right. The message is shown as it is, after the code, without a stack trace. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** Stable, for scripts: `E_USAGE`. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What an error is called and what it says, for anything that was thrown. */
export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "E_INTERNAL", message: `something was thrown: ${String(error)}` };
  const code = "code" in error ? String(error.code) : "";
  if (code.startsWith("E_")) return { code, message: error.message };
  return {
    code: "E_INTERNAL",
    message: `${error.message}. That is a fault in Faultline; FAULTLINE_DEBUG=1 shows where it happened.`,
  };
}
