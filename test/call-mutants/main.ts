import { parseArgs } from "node:util";
import { CallCourt } from "./court.ts";
import { equivalent } from "./equivalent.ts";
import { readCallLedger, writeCallLedger } from "./ledger.ts";
import { makeCallMutants } from "./make.ts";
import { callPrograms } from "./programs.ts";
import { unitTests } from "./unit-tests.ts";
import { type CallResult, ledgerOf, lineOf, reportOf } from "./report.ts";

const USAGE = `npm run mutants:calls -- [--only <text>] [--survivors] [--all] [--write]
  --only <text>  mutants whose target, place and name contain the text; nothing is judged but them
  --survivors    leave out what is listed as killed
  --all          print every mutant, not the survivors only
  --write        replace ledger.json by what this run finds; with --survivors, add to it
`;

interface Options {
  readonly only: string | undefined;
  readonly all: boolean;
  readonly survivors: boolean;
  readonly write: boolean;
}

/** Runs the mutants. Returns the exit code: 1 when a survivor has no reason or a reason no survivor, 2 for wrong arguments. */
export async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return 2;
  const { only, all, survivors, write } = options;
  const ledger = readCallLedger();
  const { mutants } = makeCallMutants("");
  const court = new CallCourt([...callPrograms(), ...(await unitTests())], mutants.length, ledger);
  const reasons = new Map(equivalent.flatMap(({ reason, mutants: keys }) => keys.map((key) => [key, reason] as const)));
  const results = mutants.flatMap((mutant, number): CallResult[] => {
    const { target, place, key } = mutant;
    if (only !== undefined && !`${target} ${place} ${key}`.includes(only)) return [];
    if (survivors && Object.hasOwn(ledger, key)) return [];
    const result = { mutant, fate: court.try(mutant, number) };
    if (all) process.stdout.write(`${lineOf(result, reasons.get(key))}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${number + 1} of ${mutants.length} mutants`);
    return [result];
  });
  const { text, faults } = reportOf(results, reasons);
  process.stdout.write(`${text}\n`);
  const killed = ledgerOf(results);
  if (write) writeCallLedger(survivors ? { ...ledger, ...killed } : killed);
  if (only !== undefined || survivors) {
    process.stderr.write("\nA part of the mutants: whether every survivor has its reason, only a whole run tells.\n");
    return 0;
  }
  if (faults.length > 0) process.stderr.write(`\n${faults.join("\n")}\n`);
  return faults.length === 0 ? 0 : 1;
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        survivors: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    });
    const { only, all, survivors, write } = values;
    if (write && only !== undefined) throw new Error("--write needs a run without --only");
    return { only, all, survivors, write };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return undefined;
  }
}
