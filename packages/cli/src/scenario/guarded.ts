import type { Instance } from "@faultline/interleave";
import process from "node:process";
import type { KnownScenario } from "./known-scenario.ts";

const exit = process.exit.bind(process);

/**
 * Runs something that calls into a scenario's code. What a user's file does wrong comes out as an error that names the
 * file's line.
 * @param action tells by `started` which instance runs, so that an error can be traced to a thread's function
 */
export async function guarded<T>(
  known: KnownScenario,
  action: (started: (instance: Instance) => void) => T,
): Promise<T> {
  let instance: Instance | undefined;
  process.exit = refuseToExit;
  try {
    return action((started) => {
      instance = started;
    });
  } catch (error) {
    if (known.file === undefined || !isScenarios(error)) throw error;
    const { blame } = await import("./blame.ts");
    throw await blame(withThread(error, instance), known.file);
  } finally {
    process.exit = exit;
  }
}

/** A scenario must not end the command, nor one of its threads. */
function refuseToExit(): never {
  throw new Error("a scenario may not call process.exit()");
}

/** What the command itself reports (a file that cannot be written) is not the scenario's fault. */
function isScenarios(error: unknown): boolean {
  return !(error instanceof Error && ["CliError", "TraceError", "CheckpointError"].includes(error.name));
}

/** Tells which of the user's functions an error is about, where it names a thread. */
function withThread(error: unknown, instance: Instance | undefined): unknown {
  if (!(error instanceof Error) || instance === undefined) return error;
  const byName = "thread" in error ? error.thread : undefined;
  const byTask = Number(/ by task (\d+): /.exec(error.message)?.[1]);
  const thread = instance.program.threads.find(({ name, task }) => name === byName || task === byTask);
  if (thread === undefined) return error;
  const code = (thread.source ?? thread.start) as () => unknown;
  return Object.assign(error, { threadSource: String(code) });
}
