import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Snapshot } from "./snapshot.ts";

/** SHA-256 of the state's canonical encoding, as 64 hex digits: the same on every machine and Node version. */
export function stateHash(state: Snapshot): string {
  return textHash(state.encode());
}

/** SHA-256 of a text, as 64 hex digits. */
export function textHash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
