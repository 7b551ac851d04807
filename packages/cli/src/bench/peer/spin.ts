import { mkdtempSync, rmSync } from "node:fs";
import { totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parsePan } from "./pan-output.ts";
import { type Timed, timed } from "./timed.ts";

/** A size of the scaling protocol, and how SPIN is to search it. */
export interface SpinCell {
  readonly n: number;
  readonly p: number;
  readonly vmaLock: boolean;
  /** Partial order reduction. Default true. */
  readonly reductions?: boolean;
  /** A bug of the model: 1 or 2. */
  readonly bug?: number;
  /** Whether munmap downgrades the mmap lock. Default true. */
  readonly downgrade?: boolean;
}

export interface SpinLimits {
  /** Seconds that the search may take. */
  readonly seconds: number;
  /** Bytes that it may take. Default: half of the machine's, at most 9 GB. */
  readonly bytes?: number;
}

/** What SPIN did with one cell. Numbers that it did not come to are null. */
export interface PeerResult {
  /** `SPIN 6.5.2`. */
  readonly name: string;
  readonly finished: boolean;
  /** Why it is not finished; null when it is. */
  readonly reason: string | null;
  readonly states: number | null;
  readonly transitions: number | null;
  /** Assertions violated and deadlocks; the search ends at the first. */
  readonly errors: number | null;
  /** Peak memory of the search, by its own account. */
  readonly bytes: number | null;
  /** Wall time of all three parts. */
  readonly seconds: number | null;
  readonly generate: number | null;
  readonly compile: number | null;
  readonly search: number | null;
  /** Processor time in user mode of all three. */
  readonly userSeconds: number | null;
}

/** Whether SPIN can be run here. */
export interface Spin {
  readonly name: string;
  /** What is missing; undefined when nothing is. */
  readonly missing: string | undefined;
}

/** Packaged beside the compiled files: `src` is part of the package. */
const MODEL = fileURLToPath(new URL("../../../src/bench/peer/mm.pml", import.meta.url));
const MEMORY = 9e9;
const TOOL_SECONDS = 120;

/** Looks for SPIN and a C compiler on the PATH. */
export async function findSpin(): Promise<Spin> {
  const limits = { cwd: tmpdir(), seconds: TOOL_SECONDS };
  const spin = await timed("spin", ["-V"], limits);
  if (/timeout:.* not found/.test(spin.stderr)) return { name: "SPIN", missing: "coreutils' timeout is not installed" };
  const [, version] = /^Spin Version (\S+)/m.exec(spin.stdout) ?? [];
  if (spin.code === null) return { name: "SPIN", missing: "spin is not installed" };
  if (version === undefined) return { name: "SPIN", missing: "spin on the PATH is another program" };
  const gcc = await timed("gcc", ["--version"], limits);
  return { name: `SPIN ${version}`, missing: gcc.code === 0 ? undefined : "gcc is not installed" };
}

/** Generates, compiles and runs SPIN's verifier in a folder that is gone afterwards. Whatever fails is a reason. */
export async function runSpin({ name, missing }: Spin, cell: SpinCell, limits: SpinLimits): Promise<PeerResult> {
  if (missing !== undefined) return notFinished(name, missing);
  const cwd = mkdtempSync(join(tmpdir(), "faultline-spin-"));
  try {
    const generate = await timed("spin", ["-a", ...definitions(cell), MODEL], { cwd, seconds: TOOL_SECONDS });
    if (generate.code !== 0) return notFinished(name, failure("spin -a", generate));
    const compile = await timed("gcc", compilerArguments(cell, limits), { cwd, seconds: TOOL_SECONDS });
    if (compile.code !== 0) return notFinished(name, failure("gcc", compile));
    const search = await timed("./pan", [`-w${hashBits(cell)}`, "-m100000"], { cwd, seconds: limits.seconds });
    return resultOf(name, limits, generate, compile, search);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** A row without SPIN's numbers. */
export function notFinished(name: string, reason: string): PeerResult {
  const nothing = { states: null, transitions: null, errors: null, bytes: null };
  const noTimes = { seconds: null, generate: null, compile: null, search: null, userSeconds: null };
  return { name, finished: false, reason, ...nothing, ...noTimes };
}

function resultOf(name: string, limits: SpinLimits, generate: Timed, compile: Timed, search: Timed): PeerResult {
  const report = parsePan(search.stdout);
  const timedOut = search.timedOut ? `not in ${limits.seconds} s` : undefined;
  const crashed = search.code === 0 || search.code === null ? undefined : failure("pan", search);
  const failed = (report.errors ?? 0) > 0 ? "it found an error, where it stops" : undefined;
  const reason = failed ?? timedOut ?? report.incomplete ?? crashed ?? null;
  const parts = [generate, compile, search];
  return {
    name,
    finished: reason === null,
    reason,
    states: report.states ?? null,
    transitions: report.transitions ?? null,
    errors: report.errors ?? null,
    bytes: report.bytes ?? null,
    seconds: rounded(parts.reduce((sum, { seconds }) => sum + seconds, 0)),
    generate: rounded(generate.seconds),
    compile: rounded(compile.seconds),
    search: rounded(search.seconds),
    userSeconds: rounded(parts.reduce((sum, { userSeconds }) => sum + userSeconds, 0)),
  };
}

function definitions({ n, p, vmaLock, bug = 0, downgrade = true }: SpinCell): string[] {
  return [`-DN=${n}`, `-DP=${p}`, `-DVMALOCK=${Number(vmaLock)}`, `-DDOWNGRADE=${Number(downgrade)}`, `-DBUG=${bug}`];
}

function compilerArguments({ reductions = true }: SpinCell, { bytes = defaultMemory() }: SpinLimits): string[] {
  const memory = `-DMEMLIM=${Math.max(1, Math.floor(bytes / 2 ** 20))}`;
  return ["-O2", "-w", "-DSAFETY", memory, ...(reductions ? [] : ["-DNOREDUCE"]), "-o", "pan", "pan.c"];
}

function defaultMemory(): number {
  return Math.min(MEMORY, totalmem() / 2);
}

/** About as many slots as states: clearing a larger table would cost SPIN more time than it saves. */
function hashBits({ n, p, reductions = true }: SpinCell): number {
  return Math.min(27, Math.round(8 + 2.8 * n + p + (reductions ? 0 : 2)));
}

function failure(what: string, { code, timedOut, stdout, stderr }: Timed): string {
  if (timedOut) return `${what} took too long`;
  const [line = ""] = (stderr.trim() === "" ? stdout : stderr).trim().split("\n");
  return `${what} failed${code === null ? "" : ` with code ${code}`}${line === "" ? "" : `: ${line}`}`;
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
