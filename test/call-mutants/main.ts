import { parseArgs } from "node:util";
import { CallCourt } from "./court.ts";
import { equivalent } from "./equivalent.ts";
import { readCallLedger, writeCallLedger } from "./ledger.ts";
import { makeCallMutants } from "./make.ts";
import { callPrograms } from "./programs.ts";
import { type CallResult, ledgerOf, lineOf, reportOf } from "./report.ts";

const USAGE = `npm run mutants:calls -- [--only <text>] [--all] [--write]
  --only <text>  mutants whose target, place and name contain the text; nothing is judged but them
  --all          print every mutant, not the survivors only
  --write        replace ledger.json by what this run finds
`;

interface Options {
  readonly only: string | undefined;
  readonly all: boolean;
  readonly write: boolean;
}

/** Runs the mutants. Returns the exit code: 1 when a survivor has no reason or a reason no survivor, 2 for wrong arguments. */
export function main(args: readonly string[]): number {
  const options = optionsOf(args);
  if (options === undefined) return 2;
  const { only, all, write } = options;
  const { mutants } = makeCallMutants("");
  const court = new CallCourt(callPrograms(), mutants.length, readCallLedger());
  const reasons = new Map(equivalent.flatMap(({ reason, mutants: keys }) => keys.map((key) => [key, reason] as const)));
  const results = mutants.flatMap((mutant, number): CallResult[] => {
    const { target, place, key } = mutant;
    if (only !== undefined && !`${target} ${place} ${key}`.includes(only)) return [];
    const result = { mutant, fate: court.try(mutant, number) };
    if (all) process.stdout.write(`${lineOf(result, reasons.get(key))}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${number + 1} of ${mutants.length} mutants`);
    return [result];
  });
  const { text, faults } = reportOf(results, reasons);
  process.stdout.write(`${text}\n`);
  if (only !== undefined) return 0;
  if (write) writeCallLedger(ledgerOf(results));
  if (faults.length > 0) process.stderr.write(`\n${faults.join("\n")}\n`);
  return faults.length === 0 ? 0 : 1;
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        all: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    });
    if (values.write && values.only !== undefined) throw new Error("--write needs a whole run, without --only");
    return { only: values.only, all: values.all, write: values.write };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}
