import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../traces/", import.meta.url));

/** A trace below traces/, and what golden.json knows of it. */
export interface Golden {
  readonly name: string;
  readonly path: string;
  readonly events: number;
  readonly stateHash: string;
}

type Known = Readonly<Record<string, { readonly events: number; readonly stateHash: string }>>;

const known = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Known;

/** Names of the traces that are there. */
export const present: readonly string[] = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".fltrace"))
  .sort();

/** Those that there should be. */
export const golden: readonly Golden[] = Object.entries(known).map(([name, what]) => ({
  name,
  path: join(folder, name),
  ...what,
}));
