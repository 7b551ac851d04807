/**
 * How a command ends: 0 as it should be, 1 a violation or divergence, 2 bad input or usage, 3 inconclusive or truncated.
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** For `git bisect run`, where 125 means that this commit says nothing. */
export function forBisectRun(code: ExitCode): number {
  return code === 2 || code === 3 ? 125 : code;
}
