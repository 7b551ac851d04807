import { parseArgs } from "node:util";
import { equivalent } from "./equivalent.ts";
import { readLedger, writeLedger } from "./ledger.ts";
import { makeMutants } from "./make.ts";
import type { Mutant } from "./mutant.ts";
import { trials } from "./programs.ts";
import { ledgerOf, lineOf, reportOf, type Result } from "./report.ts";
import { sampleOf, teachMachine, tryAgain } from "./sample.ts";
import { readSources } from "./sites.ts";
import { survey } from "./survey.ts";
import { Court } from "./try-mutant.ts";

const USAGE = `npm run mutants -- [--only <text>] [--survivors] [--all] [--sample <n>] [--write]
  --only <text>  mutants whose target and name contain the text; nothing is judged but them
  --survivors    leave out what is listed as killed or as no mutant
  --all          print every mutant, not the survivors only
  --sample <n>   about n of the mutants that are listed as killed, each on the program that killed it
  --write        replace ledger.json by what this run finds
`;

/** Runs the mutants. Returns the exit code: 1 when the lists are not as they should be, 2 for wrong arguments. */
export function main(args: readonly string[]): number {
  const options = optionsOf(args);
  if (options === undefined) return 2;
  teachMachine();
  const mutants = makeMutants(readSources()).map(({ mutant }) => mutant);
  return options.sample === undefined ? whole(mutants, options) : sample(mutants, options.sample);
}

interface Options {
  readonly only: string | undefined;
  readonly all: boolean;
  readonly survivors: boolean;
  readonly write: boolean;
  readonly sample: number | undefined;
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        sample: { type: "string" },
        all: { type: "boolean", default: false },
        survivors: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    });
    const size = values.sample === undefined ? undefined : Number(values.sample);
    if (size !== undefined && !(Number.isInteger(size) && size > 0)) throw new Error("--sample takes a number from 1");
    if (values.write && (values.only !== undefined || values.survivors))
      throw new Error("--write needs a whole run, without --only and --survivors");
    return { only: values.only, all: values.all, survivors: values.survivors, write: values.write, sample: size };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}

function whole(mutants: readonly Mutant[], { only, survivors, all, write }: Options): number {
  const ledger = readLedger();
  const settled = (key: string): boolean => Object.hasOwn(ledger.killed, key) || Object.hasOwn(ledger.void, key);
  const chosen = mutants.filter(
    ({ target, key }) => (only === undefined || `${target} ${key}`.includes(only)) && !(survivors && settled(key)),
  );
  const court = new Court(survey(trials()), ledger);
  const reasons = new Map(equivalent.flatMap(({ reason, mutants: keys }) => keys.map((key) => [key, reason] as const)));
  const results = chosen.map((mutant, i): Result => {
    const result = { mutant, fate: court.try(mutant) };
    if (all) process.stdout.write(`${lineOf(result, reasons.get(mutant.key))}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${chosen.length} mutants`);
    return result;
  });
  const { text, faults } = reportOf(results, reasons);
  process.stdout.write(`${text}\n`);
  if (only !== undefined || survivors) {
    process.stderr.write("\nA part of the mutants: whether every survivor has its reason, only a whole run tells.\n");
    return 0;
  }
  if (write) writeLedger(ledgerOf(results));
  if (faults.length > 0) process.stderr.write(`\n${faults.join("\n")}\n`);
  return faults.length === 0 ? 0 : 1;
}

function sample(mutants: readonly Mutant[], size: number): number {
  const ledger = readLedger();
  const results = tryAgain(sampleOf(mutants, ledger, size), ledger);
  for (const result of results) process.stdout.write(`${lineOf(result)}\n`);
  return results.every(({ fate }) => fate.kind === "killed") ? 0 : 1;
}
