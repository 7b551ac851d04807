import { CommanderError } from "commander";
import process from "node:process";
import { inspect } from "node:util";
import { describeError } from "./command-line/cli-error.ts";
import { createProgram, type Outcome } from "./command-line/program.ts";

const { stdout, stderr, argv, env } = process;

// Whoever reads us may stop reading: `faultline show … | head`.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.on("uncaughtException", (error) => {
  fail(error);
  process.exit();
});

const outcome: Outcome = {};
const program = createProgram(outcome);
let settled = false;
process.on("exit", () => {
  if (settled || process.exitCode !== 13) return;
  // Node's code for a top-level await that nothing can end: only a scenario file can do that.
  fail(
    Object.assign(new Error("the scenario file waits for something that never happens."), { code: "E_SCENARIO_WAITS" }),
  );
});

try {
  await program.parseAsync(argv);
  process.exitCode = outcome.code ?? 0;
} catch (error) {
  fail(error);
}
settled = true;

/** One clear message on stderr, and with --json one object on stdout; no stack trace unless it is asked for. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Help and version are no failures, and have been printed; no command at all is, and help is the answer.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (error.code === "commander.help") stderr.write(program.helpInformation());
    if (error.exitCode === 0 || error.code === "commander.help") return;
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    error = Object.assign(new Error(message), { code: "E_USAGE" });
  }
  const { code, message } = describeError(error);
  stderr.write(`faultline: ${code}: ${message}\n`);
  if (env["FAULTLINE_DEBUG"] === "1") stderr.write(`${inspect(error)}\n`);
  if (argv.includes("--json") && outcome.reported !== true)
    stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = argv.includes("--bisect-run") ? 125 : 2;
}
