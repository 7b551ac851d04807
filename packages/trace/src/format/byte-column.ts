import { malformed } from "./schema.ts";

/** A growing column of variable-length integers (LEB128: 7 bits a byte, low bits first, high bit for more). */
export class ByteColumn {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Appends an integer from 0 to 2^53 - 1. */
  push(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow();
    while (value >= 0x80) {
      this.#bytes[this.#length++] = (value % 0x80) + 0x80;
      value = Math.floor(value / 0x80);
    }
    this.#bytes[this.#length++] = value;
  }

  /** Appends an integer between -2^52 and 2^52, small ones of either sign in few bytes. */
  pushSigned(value: number): void {
    this.push(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Appends bytes as they are. */
  pushBytes(bytes: Uint8Array): void {
    while (this.#length + bytes.length > this.#bytes.length) this.#grow();
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was pushed since the last call, and starts again. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Reads what {@link ByteColumn} wrote. */
export class ColumnReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** @throws TraceError when the column ends, or the number is no safe integer */
  next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte !== undefined && byte < 0x80) return byte;
    return this.#long(byte);
  }

  nextSigned(): number {
    const value = this.next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** So many bytes as they are. */
  nextBytes(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw malformed(`the column ${this.#what} is too short`);
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  /** @throws TraceError when something is left */
  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed(`the column ${this.#what} is too long`);
  }

  #long(first: number | undefined): number {
    let value = 0;
    let scale = 1;
    for (let byte = first; ; byte = this.#bytes[this.#at++]) {
      if (byte === undefined) throw malformed(`the column ${this.#what} is too short`);
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw malformed(`the column ${this.#what} holds a number beyond 2^53`);
      if (byte < 0x80) return value;
      scale *= 0x80;
      // Eight bytes hold 56 bits: whoever needs more pads with zeros, for ever if we let them.
      if (scale > 2 ** 49) throw malformed(`the column ${this.#what} holds a number of more than 8 bytes`);
    }
  }
}
