import { execFile } from "node:child_process";
import process from "node:process";

/** What a tool of another project did. */
export interface Timed {
  /** Its exit code; null when there is no such program. */
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall-clock time, and processor time in user mode. */
  readonly seconds: number;
  readonly userSeconds: number;
}

/** coreutils' own for a command that was ended, and for one that is not there. */
const TIMED_OUT = 124;
const NOT_FOUND = 127;

/**
 * Runs a program to its end, or interrupts it: then it may still print what it has, and is killed five seconds later.
 * Needs sh and coreutils' timeout.
 */
export function timed(
  command: string,
  args: readonly string[],
  limits: { readonly cwd: string; readonly seconds: number },
): Promise<Timed> {
  // The shell outlives an interrupt, so that it can tell the times of what it ran.
  const script = `trap : INT; timeout --foreground -s INT -k 5 "$@"; code=$?; times >&2; exit $code`;
  const shell = ["-c", script, "sh", String(limits.seconds), command, ...args];
  const env = { ...process.env, LC_ALL: "C" };
  return new Promise((resolve) => {
    const start = performance.now();
    execFile("sh", shell, { cwd: limits.cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const seconds = (performance.now() - start) / 1000;
      const exit = error === null ? 0 : typeof error.code === "number" ? error.code : NOT_FOUND;
      const lines = stderr.trimEnd().split("\n");
      resolve({
        code: exit === NOT_FOUND ? null : exit,
        // 137: it did not listen to the interrupt.
        timedOut: exit === TIMED_OUT || exit === 128 + 9,
        stdout,
        stderr: lines.slice(0, -2).join("\n"),
        seconds,
        userSeconds: userTime(lines.at(-1) ?? ""),
      });
    });
  });
}

/** The user time of a shell's children, from the last line of `times`: `0m1.020s 0m0.030s`. */
function userTime(line: string): number {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s /.exec(line) ?? [];
  return minutes === undefined ? 0 : Number(minutes) * 60 + Number(seconds);
}
