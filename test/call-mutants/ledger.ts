import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the last whole run found: each mutant that is killed, with the killer. */
export type CallLedger = Readonly<Record<string, string>>;

const FILE = join(import.meta.dirname, "ledger.json");

/** The committed ledger. */
export function readCallLedger(): CallLedger {
  return JSON.parse(readFileSync(FILE, "utf8")) as CallLedger;
}

/** Replaces it. */
export function writeCallLedger(ledger: CallLedger): void {
  writeFileSync(FILE, `${JSON.stringify(ledger, null, 2)}\n`);
}
