import { inspect } from "node:util";
import { CliError, describeError } from "../command-line/cli-error.ts";

/** An error on its way from one thread to another. */
export interface Failure {
  /** As the command would have told it. */
  readonly code: string;
  readonly message: string;
  /** Where it was thrown, and what caused it, for whoever asks for that. */
  readonly detail: string;
}

export function failureOf(error: unknown): Failure {
  return { ...describeError(error), detail: inspect(error) };
}

/** The error again, to be thrown where the job's result is wanted. */
export function errorOf({ code, message, detail }: Failure): CliError {
  return Object.assign(new CliError(code, message), { stack: detail });
}
