import { type Snapshot, stateHash } from "@faultline/mm";
import type { Judgement } from "@faultline/trace";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { CliError } from "../command-line/cli-error.ts";
import { stateJson } from "../commands/row-json.ts";

const SKIP = 125;
/** From here on a code means that the command itself failed: 127 is a shell's "not found", above are signals. */
const FAILS = 126;

/**
 * A command as a judge of states. It gets one object as JSON on standard input, `{ events, hash, state }`, the state by
 * component. Its exit code says what git bisect run takes it to say: 0 good, 125 skip, 1 to 124 bad, anything else ends
 * the bisection.
 */
export function externalJudge(command: string): (state: Snapshot, events: number) => Judgement {
  return (state, events) => {
    const input = JSON.stringify({ events, hash: stateHash(state), state: stateJson(state) });
    const { status, signal, error } = spawnSync(command, {
      input,
      shell: true,
      stdio: ["pipe", "ignore", "inherit"],
      env: { ...process.env, FAULTLINE_EVENTS: String(events) },
    });
    // A command that does not read its input may be gone before all of it is written.
    const broken = error !== undefined && (error as NodeJS.ErrnoException).code !== "EPIPE";
    if (broken) throw new CliError("E_EXEC", `cannot run ${command}: ${error.message}.`, error);
    if (status === 0) return "good";
    if (status === SKIP) return "skip";
    if (status !== null && status < FAILS) return "bad";
    const how = signal === null ? `exit code ${status ?? "none"}` : `signal ${signal}`;
    throw new CliError(
      "E_EXEC",
      `${command} ended with ${how} on the state after ${events} events, which says nothing. ` +
        `0 is good, 125 skips, 1 to 124 are bad.`,
    );
  };
}
