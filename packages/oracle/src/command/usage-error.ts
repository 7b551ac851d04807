/** An option that cannot be what it is, or one that is missing. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "E_USAGE";
}

/** A whole number of at least `least`, for an option. @throws UsageError */
export function whole(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const number = /^\d+$/u.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${name} must be a whole number, at least ${least}; it is ${JSON.stringify(text)}`);
  }
  return number;
}
