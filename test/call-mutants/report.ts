import type { CallFate } from "./court.ts";
import type { CallLedger } from "./ledger.ts";
import type { CallMutant, CallMutantKind } from "./mutant.ts";
import { targets } from "./targets.ts";

/** A mutant with what became of it. */
export interface CallResult {
  readonly mutant: CallMutant;
  readonly fate: CallFate;
}

/** What a whole run comes to. */
export interface CallReport {
  readonly text: string;
  /** What is wrong, in sentences; nothing when all is as it should be. */
  readonly faults: readonly string[];
}

/** One mutant on one line: `mmap  (sys-mmap.ts:52)  sysMmap: true …  killed by errno-mmap on linux-6.1: …`. */
export function lineOf({ mutant: { target, key, place }, fate }: CallResult, reason?: string): string {
  const end =
    fate.kind === "killed"
      ? `killed by ${fate.by}: ${fate.shows}`
      : `survived ${fate.tried} programs: ${reason ?? "no reason known"}`;
  return `${target}  (${place})  ${key}  ${end}`;
}

const KINDS: readonly CallMutantKind[] = ["true", "false", "not", "drop", "edge", "errno", "swap"];

/** @param reasons why mutants survive, by their key */
export function reportOf(results: readonly CallResult[], reasons: ReadonlyMap<string, string>): CallReport {
  const survivors = results.filter(({ fate }) => fate.kind === "survived");
  const of = (which: (mutant: CallMutant) => boolean): CallResult[] => results.filter(({ mutant }) => which(mutant));
  const lines = [
    row("call", "mutants", "killed", "survived"),
    ...targets.map(({ name }) =>
      rowOf(
        name,
        of(({ target }) => target === name),
      ),
    ),
    rowOf("all", results),
    "",
    row("kind", "mutants", "killed", "survived"),
    ...KINDS.map((kind) =>
      rowOf(
        kind,
        of((mutant) => mutant.kind === kind),
      ),
    ),
    "",
    "Survivors:",
    ...survivors.map((result) => lineOf(result, reasons.get(result.mutant.key))),
  ];
  return { text: lines.join("\n"), faults: faultsOf(results, reasons) };
}

function faultsOf(results: readonly CallResult[], reasons: ReadonlyMap<string, string>): string[] {
  const fates = new Map(results.map(({ mutant, fate }) => [mutant.key, fate]));
  const unexplained = results
    .filter(({ mutant, fate }) => fate.kind === "survived" && !reasons.has(mutant.key))
    .map((result) => `no reason: ${lineOf(result)}`);
  const stale = [...reasons.keys()].flatMap((key) => {
    const fate = fates.get(key);
    if (fate === undefined) return [`a reason for a mutant that does not exist: ${key}`];
    return fate.kind === "killed" ? [`a reason for a mutant that ${fate.by} kills: ${key}`] : [];
  });
  return [...unexplained, ...stale];
}

/** What a run leaves for the next one. */
export function ledgerOf(results: readonly CallResult[]): CallLedger {
  return Object.fromEntries(
    results.flatMap(({ mutant, fate }) => (fate.kind === "killed" ? [[mutant.key, fate.by]] : [])),
  );
}

function rowOf(name: string, results: readonly CallResult[]): string {
  const killed = results.filter(({ fate }) => fate.kind === "killed").length;
  return row(name, String(results.length), String(killed), String(results.length - killed));
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(12) + cells.map((cell) => cell.padStart(10)).join("");
}
