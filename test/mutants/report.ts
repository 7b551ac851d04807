import type { Ledger } from "./ledger.ts";
import type { Mutant } from "./mutant.ts";
import { targets } from "./targets.ts";
import type { Fate } from "./try-mutant.ts";

/** A mutant with what became of it. */
export interface Result {
  readonly mutant: Mutant;
  readonly fate: Fate;
}

/** The share of mutants that has to be killed. */
export const WANTED = 0.8;

/** What a whole run comes to. */
export interface Report {
  readonly text: string;
  /** What is wrong, in sentences; nothing when all is as it should be. */
  readonly faults: readonly string[];
}

/** One mutant on one line: `munmap  drop  vma_start_write  (munmap.ts:43)  killed by G21 buggy: VW-EXCL breaks`. */
export function lineOf({ mutant: { target, kind, what, place }, fate }: Result, reason?: string): string {
  const end = {
    killed: (): string => (fate.kind === "killed" ? `killed by ${fate.by}: ${fate.shows}` : ""),
    survived: (): string =>
      fate.kind === "survived" ? `survived ${fate.tried} programs: ${reason ?? "no reason known"}` : "",
    void: (): string => (fate.kind === "void" ? `no mutant: ${fate.why}` : ""),
  }[fate.kind]();
  return `${target}  ${kind}  ${what}  (${place})  ${end}`;
}

/** @param reasons why mutants survive, by their key */
export function reportOf(results: readonly Result[], reasons: ReadonlyMap<string, string>): Report {
  const survivors = results.filter(({ fate }) => fate.kind === "survived");
  const killed = results.filter(({ fate }) => fate.kind === "killed").length;
  const share = killed / (killed + survivors.length);
  const lines = [
    row("procedure", "mutants", "killed", "survived", "share"),
    ...targets.map(({ name }) =>
      rowOf(
        name,
        results.filter(({ mutant }) => mutant.target === name),
      ),
    ),
    rowOf("all", results),
    "",
    "Survivors:",
    ...survivors.map((result) => lineOf(result, reasons.get(result.mutant.key))),
  ];
  return { text: lines.join("\n"), faults: faultsOf(results, reasons, share) };
}

function faultsOf(results: readonly Result[], reasons: ReadonlyMap<string, string>, share: number): string[] {
  const fates = new Map(results.map(({ mutant, fate }) => [mutant.key, fate]));
  const unexplained = results
    .filter(({ mutant, fate }) => fate.kind === "survived" && !reasons.has(mutant.key))
    .map((result) => `no reason: ${lineOf(result)}`);
  const stale = [...reasons.keys()].flatMap((key) => {
    const fate = fates.get(key);
    if (fate === undefined) return [`a reason for a mutant that does not exist: ${key}`];
    if (fate.kind === "killed") return [`a reason for a mutant that ${fate.by} kills: ${key}`];
    return fate.kind === "void" ? [`a reason for what is no mutant (${fate.why}): ${key}`] : [];
  });
  const low = share < WANTED ? [`${percent(share)} of the mutants are killed; it must be ${percent(WANTED)}`] : [];
  return [...unexplained, ...stale, ...low];
}

/** What a run leaves for the next one. */
export function ledgerOf(results: readonly Result[]): Ledger {
  const killed: Record<string, { by: string; shows: string }> = {};
  const unmade: Record<string, string> = {};
  for (const { mutant, fate } of results) {
    if (fate.kind === "killed") killed[mutant.key] = { by: fate.by, shows: fate.shows };
    if (fate.kind === "void") unmade[mutant.key] = fate.why;
  }
  return { killed, void: unmade };
}

function rowOf(name: string, results: readonly Result[]): string {
  const count = (kind: Fate["kind"]): number => results.filter(({ fate }) => fate.kind === kind).length;
  const [killed, survived] = [count("killed"), count("survived")];
  const total = killed + survived;
  return row(name, String(total), String(killed), String(survived), total === 0 ? "" : percent(killed / total));
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(16) + cells.map((cell) => cell.padStart(9)).join("");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
