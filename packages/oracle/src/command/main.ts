import process from "node:process";
import { parseArgs } from "node:util";
import { Unavailable } from "../live/unavailable.ts";
import { holdCommand } from "./hold-command.ts";
import { liveCommand } from "./live-command.ts";
import { pairsCommand } from "./pairs-command.ts";
import { reportCommand } from "./report-command.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `npm run oracle -- --ops N [--seed S]                         the running kernel against the model
npm run oracle -- --list OPS --against RESULTS.jsonl[.gz] --profile linux-6.12 [--machine MACHINE.json]
                                                             a recorded list against the model
npm run oracle -- --report [--ops N] [--seed S]              what the generator's lists reach on the model
npm run oracle:pairs [-- --runs N --only NAME]               pairs of threads: the kernel's results among the model's`;

const OPTIONS = {
  ops: { type: "string" },
  seed: { type: "string" },
  list: { type: "string" },
  against: { type: "string" },
  profile: { type: "string" },
  machine: { type: "string" },
  report: { type: "boolean" },
  pairs: { type: "boolean" },
  runs: { type: "string" },
  only: { type: "string" },
  help: { type: "boolean" },
} as const;

/** Exit codes: 0 no difference, or nothing to ask; 1 a difference, or a thing never reached; 2 bad input or usage. */
export async function main(args: readonly string[]): Promise<number> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help === true) {
      say(USAGE);
      return 0;
    }
    if (values.list !== undefined) return holdCommand({ ...values, list: values.list }, say);
    if (values.report === true) return reportCommand(values, say);
    if (values.pairs === true) return pairsCommand(values, say);
    return await liveCommand(values, say);
  } catch (error) {
    if (error instanceof Unavailable) {
      say(`skipped: ${error.message}`);
      return 0;
    }
    return complain(error);
  }
}

function complain(error: unknown): number {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const usage = error instanceof UsageError || (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"));
  if (usage) process.stderr.write(`E_USAGE: ${String(message)}\n${USAGE}\n`);
  else if (typeof code === "string" && code.startsWith("E_")) process.stderr.write(`${code}: ${String(message)}\n`);
  else throw error;
  return 2;
}
