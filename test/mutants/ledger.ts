import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the last whole run found: the mutants that are no mutants, with why, and those killed, with the killers. */
export interface Ledger {
  readonly killed: Readonly<Record<string, { readonly by: string; readonly shows: string }>>;
  readonly void: Readonly<Record<string, string>>;
}

const FILE = join(import.meta.dirname, "ledger.json");

/** The committed ledger. */
export function readLedger(): Ledger {
  return JSON.parse(readFileSync(FILE, "utf8")) as Ledger;
}

/** Replaces it. */
export function writeLedger(ledger: Ledger): void {
  writeFileSync(FILE, `${JSON.stringify(ledger, null, 2)}\n`);
}
