import { type Checkpoint, CheckpointError } from "@faultline/interleave";
import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { version } from "../command-line/version.ts";

/** Begins every checkpoint file: name, then the format's version. */
const MAGIC = "FLCHKPT2";
const HASH_BYTES = 32;
/** Level 1: fingerprints hardly get smaller, and the rest is little. */
const FAST = { level: 1 } as const;
/** What a checkpoint may unpack to, whatever its file claims. */
const MAX_BYTES = 2 ** 32 - 1;

/** A checkpoint file is for one scenario in one variant, under one kernel. */
export interface Subject {
  readonly scenario: string;
  readonly variant: string;
  readonly profile: string;
}

/**
 * A checkpoint as bytes: magic, SHA-256 of the rest, then deflated: the length of the JSON as four bytes, little
 * endian, the JSON, and the table of fingerprints as it lies in memory, little endian, then its masks.
 */
export function encodeCheckpoint(subject: Subject, checkpoint: Checkpoint): Buffer {
  const { visited, ...rest } = checkpoint;
  const tables = visited.kind === "fingerprints" ? [visited.table, visited.masks] : [];
  const plain =
    visited.kind === "fingerprints"
      ? { kind: visited.kind, size: visited.size, integers: visited.table.length }
      : visited;
  const json = Buffer.from(JSON.stringify({ version, subject, checkpoint: { ...rest, visited: plain } }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const raw = tables.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  const body = deflateSync(Buffer.concat([length, json, ...raw]), FAST);
  return Buffer.concat([Buffer.from(MAGIC), createHash("sha256").update(body).digest(), body]);
}

/**
 * @throws CheckpointError for bytes that are no checkpoint, were damaged or cut, or come from another version
 */
export function decodeCheckpoint(bytes: Buffer): { readonly subject: Subject; readonly checkpoint: Checkpoint } {
  if (bytes.subarray(0, MAGIC.length).toString("latin1") !== MAGIC) {
    throw new CheckpointError("it is no checkpoint of this command, or of another format version");
  }
  const body = bytes.subarray(MAGIC.length + HASH_BYTES);
  const hash = bytes.subarray(MAGIC.length, MAGIC.length + HASH_BYTES);
  if (!createHash("sha256").update(body).digest().equals(hash)) {
    throw new CheckpointError("it is damaged or was cut off: explore from the beginning");
  }
  try {
    return unpack(inflateSync(body, { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(`it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `integers`: length of the table; what comes after it are masks. Absent for whole states. */
interface PlainVisited {
  readonly kind: string;
  readonly size: number;
  readonly integers?: number;
}

interface Unpacked {
  readonly version: string;
  readonly subject: Subject;
  readonly checkpoint: Omit<Checkpoint, "visited"> & { readonly visited: PlainVisited };
}

function unpack(raw: Buffer): { readonly subject: Subject; readonly checkpoint: Checkpoint } {
  const length = raw.readUInt32LE();
  const { version: written, subject, checkpoint } = JSON.parse(raw.toString("utf8", 4, 4 + length)) as Unpacked;
  if (written !== version) {
    throw new CheckpointError(
      `it was written by version ${written}, and this is ${version}: explore from the beginning`,
    );
  }
  const { visited } = checkpoint;
  // A copy, so that the integers are aligned.
  const { buffer } = new Uint8Array(raw.subarray(4 + length));
  const { kind, size, integers } = visited;
  const whole =
    integers === undefined
      ? visited
      : { kind, size, table: new Int32Array(buffer, 0, integers), masks: new Int32Array(buffer, 4 * integers) };
  return { subject, checkpoint: { ...checkpoint, visited: whole } as Checkpoint };
}
