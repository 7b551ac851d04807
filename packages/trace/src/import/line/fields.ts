/** `name=value` pairs of an event's text, read by name in any order. */
export function field(text: string, name: string): string | undefined {
  const key = `${name}=`;
  let at = text.indexOf(key);
  while (at > 0 && text[at - 1] !== " ") at = text.indexOf(key, at + 1);
  if (at < 0) return undefined;
  const from = at + key.length;
  const to = text.indexOf(" ", from);
  return to < 0 ? text.slice(from) : text.slice(from, to);
}

/** `true` or `false`. */
export function flag(text: string, name: string): boolean | undefined {
  const value = field(text, name);
  return value === "true" ? true : value === "false" ? false : undefined;
}

/** A decimal number with or without sign, or a hexadecimal one with 0x; undefined beyond 2^53. */
export function number(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:-?\d{1,16}|0x[\da-f]{1,14})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A hexadecimal number with or without 0x, as syscall arguments are printed. */
export function hexadecimal(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0x)?[\da-f]{1,16}$/.test(text)) return undefined;
  const value = Number.parseInt(text, 16);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A hashed or raw kernel pointer, as it is spelt. */
export function pointer(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:0x)?[\da-f]{8,16}$/.test(text) ? text : undefined;
}

/** A syscall's result: an address or a count, or a negative errno printed as an unsigned number. */
export function result(text: string): number | undefined {
  if (!/^0x[\da-f]{1,16}$/.test(text)) return undefined;
  const value = BigInt.asIntN(64, BigInt(text));
  return value >= -4095n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
