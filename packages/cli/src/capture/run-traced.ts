import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Writable } from "node:stream";
import { CliError } from "../command-line/cli-error.ts";

/** How a traced command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The signal that ended the capture, which the command was sent as well. */
  readonly interrupted: NodeJS.Signals | undefined;
}

/** Waits for a line, and becomes the command: so that its pid is known before it begins. */
const GATE = 'read _ <&3 || exit 125; exec 3<&-; exec "$@"';

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a command; `begin` is called with its pid before its first instruction. Signals that this process gets go to it.
 * @throws CliError E_CAPTURE_COMMAND when it cannot be started; what `begin` throws, with the command not run
 */
export async function runTraced(command: readonly string[], begin: (pid: number) => void): Promise<Ended> {
  const child = spawn("/bin/sh", ["-c", GATE, "faultline", ...command], { stdio: ["inherit", 2, "inherit", "pipe"] });
  let interrupted: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    interrupted ??= signal;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const ended = endOf(child);
    const gate = child.stdio[3] as Writable;
    // A command that ends before it is let go of has nobody to read from the gate.
    gate.on("error", () => undefined);
    try {
      if (child.pid !== undefined) begin(child.pid);
      gate.end("\n");
    } catch (error) {
      gate.destroy();
      await ended;
      throw error;
    }
    const { code, signal } = await ended;
    if (code === 126 || code === 127) {
      throw new CliError("E_CAPTURE_COMMAND", `${command[0] ?? ""} cannot be run: is it there, and executable?`);
    }
    return { code, signal, interrupted };
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return await new Promise((resolve, reject) => {
    child.on("error", (error) => {
      reject(new CliError("E_CAPTURE_COMMAND", `no shell can be started: ${error.message}.`, error));
    });
    child.on("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
}
