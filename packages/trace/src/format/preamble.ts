import { TraceError } from "../trace-error.ts";

/** The version that this package writes. Same major: readable, whatever the minor. */
export const FORMAT_MAJOR = 3;
export const FORMAT_MINOR = 0;

/** Bytes before the first block: 8 of magic, major and minor as 16 bits each, 4 zero bytes. */
export const PREAMBLE_BYTES = 16;

/** Bytes after the footer: its offset as 64 bits, then 8 of magic. */
export const END_BYTES = 16;

// The recipe of PNG: a high bit, the name, both kinds of line end and a DOS end of file, so that a transfer that
// mangles text is seen in the first eight bytes.
const MAGIC = Uint8Array.of(0x89, 0x46, 0x4c, 0x54, 0x0d, 0x0a, 0x1a, 0x0a);
const END_MAGIC = Uint8Array.of(0x46, 0x4c, 0x54, 0x45, 0x4e, 0x44, 0x0d, 0x0a);

export interface FormatVersion {
  readonly major: number;
  readonly minor: number;
}

export function encodePreamble(): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES);
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, FORMAT_MAJOR, true);
  view.setUint16(10, FORMAT_MINOR, true);
  return bytes;
}

/**
 * The version in a file's first bytes.
 * @param bytes up to {@link PREAMBLE_BYTES} of them
 * @throws TraceError when they are no trace's, or one of a version that is not readable here
 */
export function decodePreamble(bytes: Uint8Array): FormatVersion {
  const head = Math.min(bytes.length, MAGIC.length);
  if (!startsWith(bytes.subarray(0, head), MAGIC.subarray(0, head))) {
    throw new TraceError("E_TRACE_FORMAT", `not a Faultline trace: it starts with ${describe(bytes)}. ${guess(bytes)}`);
  }
  if (bytes.length < PREAMBLE_BYTES) {
    const length = bytes.length === 0 ? "empty" : `cut after ${bytes.length} bytes`;
    throw new TraceError("E_TRACE_TRUNCATED", `the trace is ${length}: nothing of it can be used. Record it again.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = { major: view.getUint16(8, true), minor: view.getUint16(10, true) };
  if (version.major !== FORMAT_MAJOR) {
    const age = `${version.major === 0 ? "No" : version.major > FORMAT_MAJOR ? "A newer" : "An older"} Faultline wrote it`;
    throw new TraceError(
      "E_TRACE_VERSION",
      `the trace has format ${version.major}.${version.minor}; this version reads ${FORMAT_MAJOR}.x. ` +
        `${age}, or the file is damaged: update Faultline, or record the trace again.`,
    );
  }
  return version;
}

export function encodeEnd(footerOffset: number): Uint8Array {
  const bytes = new Uint8Array(END_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, footerOffset % 2 ** 32, true);
  view.setUint32(4, Math.floor(footerOffset / 2 ** 32), true);
  bytes.set(END_MAGIC, 8);
  return bytes;
}

/** The footer's offset, or undefined when these bytes are not the end of a finished trace. */
export function decodeEnd(bytes: Uint8Array): number | undefined {
  if (bytes.length !== END_BYTES || !startsWith(bytes.subarray(8), END_MAGIC)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  return Number.isSafeInteger(offset) ? offset : undefined;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

function describe(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function guess(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "It looks like a gzip file: unpack it first.";
  if (bytes.every((byte) => byte === 0)) return "It is all zeros: the disk lost it.";
  if (bytes.every((byte) => byte < 0x80)) return "It looks like text: a kernel trace is read by `faultline import`.";
  return "It comes from another program, or a text-mode transfer changed it.";
}
