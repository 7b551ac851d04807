import { spawn } from "node:child_process";
import process from "node:process";
import { type Cores, onCores } from "./pinning.ts";

/** What a command did in a process of its own. */
export interface Finished {
  readonly stdout: string;
  /** Wall-clock time from start to exit, Node's own start-up included. */
  readonly seconds: number;
}

/**
 * Runs `faultline` with these arguments in a fresh process. Whatever its exit code, its output is what is wanted.
 * @param cores the only ones that it may use
 */
export function runFresh(args: readonly string[], cores?: Cores): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const own = [...process.execArgv, process.argv[1]!, ...args];
    const child = spawn(...onCores(cores, process.execPath, own), { stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.on("error", reject);
    child.on("close", () => resolve({ stdout, seconds: (performance.now() - start) / 1000 }));
  });
}

/** The middle of three runs, by time. */
export async function medianOfThree(args: readonly string[]): Promise<Finished> {
  const runs = [await runFresh(args), await runFresh(args), await runFresh(args)];
  return runs.sort((a, b) => a.seconds - b.seconds)[1]!;
}
