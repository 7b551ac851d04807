import { ImportError } from "../import-error.ts";
import { LIMITS } from "../limits.ts";

/** An area of /proc/pid/maps. */
export interface TruthArea {
  readonly start: number;
  readonly end: number;
  /** `rw-p`. */
  readonly permissions: string;
}

/** What the program saw of itself at the end of a phase. */
export interface TruthPhase {
  readonly number: number;
  readonly name: string;
  readonly areas: readonly TruthArea[];
  /** Pages of the window that pagemap says are there, the first in bit 0. */
  readonly present: bigint;
}

/** What a thread of the program did: a system call, or an access (`read`, `write`) of a byte. */
export interface TruthOp {
  /** Line of the file, counted from 1. */
  readonly line: number;
  readonly task: number;
  readonly op: string;
  readonly args: readonly number[];
  /** The result, a negative errno, or -1000 and minus the signal that an access got. */
  readonly result: number;
}

/** Ground truth about a program whose trace is imported, as it wrote it down itself. */
export interface TruthFile {
  /** The addresses of which it tells. */
  readonly window: { readonly start: number; readonly pages: number };
  readonly phases: readonly TruthPhase[];
  /** In order for each task. */
  readonly ops: readonly TruthOp[];
}

const WINDOW = { start: 0x1000_0000_0000, pages: 64 };
const AREA = /^([\da-f]{1,16})-([\da-f]{1,16}) ([r-][w-][x-][ps]) /;
const OP = /^(\d{1,10})\t\d+\t([a-z]\w{0,30})((?:\t[\da-f]{1,16}){5})\t(-?[\da-f]{1,16})$/;

/**
 * Reads a truth file: `## phase N name`, the lines of maps inside of the window, `present 0x…`; then `## ops` and a line
 * for each: tid, number, name, five arguments and the result, hexadecimal, between tabs. `## window START PAGES` before
 * them names another window than 64 pages at 0x100000000000.
 * @throws ImportError E_IMPORT_TRUTH with the line that says something else
 */
export function parseTruth(text: string): TruthFile {
  const lines = text.split("\n");
  if (lines.length > LIMITS.truthLines) {
    throw new ImportError("E_IMPORT_TRUTH", `the truth file has more than ${LIMITS.truthLines} lines.`);
  }
  let window = WINDOW;
  const phases: { number: number; name: string; areas: TruthArea[]; present: bigint }[] = [];
  const ops: TruthOp[] = [];
  let inOps = false;
  for (const [i, line] of lines.entries()) {
    if (line === "") continue;
    const phase = /^## phase (\d{1,9}) ?(.*)$/.exec(line);
    const size = /^## window (0x[\da-f]{1,13}) (\d{1,5})$/.exec(line);
    if (phase !== null) phases.push({ number: Number(phase[1]), name: phase[2]!, areas: [], present: 0n });
    else if (size !== null) window = { start: Number(size[1]), pages: Number(size[2]) };
    else if (line.startsWith("## ops")) inOps = true;
    else if (inOps) ops.push(readOp(line, i + 1));
    else readOfPhase(line, i + 1, phases.at(-1));
  }
  if (phases.length === 0 && ops.length === 0) {
    throw new ImportError(
      "E_IMPORT_TRUTH",
      "this is no truth file: it has neither a phase (## phase 0 name) nor ## ops.",
    );
  }
  return { window, phases, ops };
}

function readOfPhase(line: string, number: number, phase: { areas: TruthArea[]; present: bigint } | undefined): void {
  const present = /^present (0x[\da-f]{1,4096})$/.exec(line)?.[1];
  const [, start, end, permissions] = AREA.exec(line) ?? [];
  if (phase !== undefined && present !== undefined) phase.present = BigInt(present);
  else if (phase !== undefined && permissions !== undefined) {
    phase.areas.push({ start: Number.parseInt(start!, 16), end: Number.parseInt(end!, 16), permissions });
  } else throw unreadable(number, line);
}

function readOp(line: string, number: number): TruthOp {
  const [, task, op, args, result] = OP.exec(line) ?? [];
  if (task === undefined) throw unreadable(number, line);
  const negative = result!.startsWith("-");
  const value = Number.parseInt(negative ? result!.slice(1) : result!, 16);
  return {
    line: number,
    task: Number(task),
    op: op!,
    args: args!
      .trim()
      .split("\t")
      .map((one) => Number(BigInt.asIntN(64, BigInt(`0x${one}`)))),
    result: negative ? -value : value,
  };
}

function unreadable(number: number, line: string): ImportError {
  const shown = JSON.stringify(line.slice(0, 80));
  return new ImportError("E_IMPORT_TRUTH", `line ${number} of the truth file says nothing understood: ${shown}.`);
}
