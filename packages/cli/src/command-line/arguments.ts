import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`, for an option. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    }
    return number;
  };
}

/** Seconds above 0. */
export function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError("It must be a number of seconds above 0.");
  }
  return number;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size: `512M`, `2G`, or bytes. */
export function bytes(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)\s*([kmg]?)i?b?$/i.exec(text) ?? [];
  const size = Number(digits) * (UNITS[unit.toLowerCase()] ?? NaN);
  if (digits === "" || !Number.isSafeInteger(size) || size <= 0) {
    throw new InvalidArgumentError("It must be a size: 512M, 2G, or a number of bytes.");
  }
  return size;
}

/** An option that may be given more than once. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
