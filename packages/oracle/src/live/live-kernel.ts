import { execFile, spawnSync } from "node:child_process";
import { profileNames } from "@faultline/mm";
import { WINDOW_PAGES } from "../list/operation.ts";
import { type Machine, PLAIN_MACHINE } from "../process/machine.ts";
import type { ResultLine } from "../result/result-line.ts";
import { buildProgram } from "./build.ts";
import { profileOfRelease } from "./profile-of-release.ts";
import { Unavailable } from "./unavailable.ts";

/** The running kernel, with what it runs on. */
export interface LiveKernel {
  /** As uname(2) says. */
  readonly release: string;
  readonly profile: string;
  readonly machine: Machine;
  /**
   * What the kernel makes of a list: one process does it, in a window that begins empty. An operation that would hurt
   * that process gives EXFULL and is not done.
   */
  readonly run: (lines: readonly string[]) => readonly ResultLine[];
  /** The same, while others work. */
  readonly ask: (lines: readonly string[]) => Promise<readonly ResultLine[]>;
}

type Told = Pick<Machine, "softDirty" | "pku" | "mmapMinAddr" | "diskIsTmpfs"> & {
  readonly release: string;
  readonly fiveLevels: boolean;
  readonly seesFrames: boolean;
};

/** Longest that the results of one list may be, in bytes. */
const LARGEST = 2 ** 28;
/** Longest that one list may take, in milliseconds. */
const PATIENCE = 120_000;

/** @throws Unavailable where the model cannot be held against the running kernel */
export function liveKernel(): LiveKernel {
  const program = buildProgram("oracle");
  const told = JSON.parse(run(program, ["--machine"], "")) as Told;
  const profile = profileOfRelease(told.release);
  if (profile === undefined) {
    const [oldest, newest] = [profileNames[0]!, profileNames.at(-1)!];
    throw new Unavailable(`the kernel is ${told.release}; profiles are for ${oldest} to ${newest}`);
  }
  if (told.fiveLevels) throw new Unavailable("page tables have five levels here: TASK_SIZE is another");
  if (!told.seesFrames)
    throw new Unavailable("pagemap shows page frames to root alone, by which the zero page is told");
  const { softDirty, pku, mmapMinAddr, diskIsTmpfs } = told;
  return {
    release: told.release,
    profile,
    machine: { ...PLAIN_MACHINE, softDirty, pku, mmapMinAddr, diskIsTmpfs },
    run: (lines) => resultsOf(run(program, PAGES, textOf(lines))),
    ask: async (lines) => resultsOf(await ask(program, PAGES, textOf(lines))),
  };
}

const PAGES = ["--pages", String(WINDOW_PAGES)];

function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function resultsOf(text: string): readonly ResultLine[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ResultLine);
}

const OPTIONS = { encoding: "utf8", maxBuffer: LARGEST, timeout: PATIENCE } as const;

function run(program: string, args: readonly string[], input: string): string {
  const { status, signal, stdout, error } = spawnSync(program, args, { input, ...OPTIONS });
  if (status === 0) return stdout;
  throw endedEarly(signal === null ? `with ${status ?? error?.message}` : `by ${signal}`, stdout);
}

function ask(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, OPTIONS, (error, stdout) => {
      // Of a program that was given up but had ended by then, nobody has read everything.
      if (error === null && stdout.endsWith("\n")) resolve(stdout);
      else if (error === null) reject(endedEarly("before its results were read", stdout));
      else
        reject(endedEarly(error.signal == null ? `with ${error.code ?? error.message}` : `by ${error.signal}`, stdout));
    });
    // A program that ends before it has read everything says so by its exit.
    child.stdin!.on("error", () => undefined).end(input);
  });
}

function endedEarly(how: string, stdout: string): Error {
  return new Error(`the program that asks the kernel ended ${how} after ${stdout.split("\n").length - 1} results`);
}
