import process from "node:process";
import { plain, type Style, terminalStyle } from "../render/style.ts";

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly width?: number;
}

/** Where a command's output goes, and what it looks like there. */
export interface Ui {
  readonly width: number;
  readonly style: Style;
  /** Text that `--quiet` leaves out. */
  readonly print: (text: string) => void;
  /** Text that is the answer itself. */
  readonly say: (text: string) => void;
  /** An answer with what belongs to it: its first line, which `--quiet` leaves, and the rest. */
  readonly tell: (lines: readonly string[]) => void;
  /** The one object of `--json`. Called once, at the end. */
  readonly json: (value: object) => void;
  /** Shows what is going on, on a terminal; undefined takes it away. */
  readonly progress: (text: string | undefined) => void;
}

const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 40;

/** The command's view of this process: text on stdout unless JSON was asked for, progress on a terminal's stderr. */
export function createUi(options: CommonOptions, outcome: { reported?: boolean }): Ui {
  const { stdout, stderr } = process;
  const json = options.json === true;
  const quiet = options.quiet === true;
  // A terminal that does not know its own size says 0.
  const columns = options.width ?? (stdout.isTTY && stdout.columns > 0 ? stdout.columns : DEFAULT_WIDTH);
  const colour = stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  const write = (text: string): void => {
    stdout.write(`${text}\n`);
  };
  const nothing = (): void => undefined;
  let shown: string | undefined;
  return {
    width: Math.max(columns, MIN_WIDTH),
    style: colour ? terminalStyle : plain,
    print: json || quiet ? nothing : write,
    say: json ? nothing : write,
    tell: json ? nothing : (lines) => write(quiet ? (lines[0] ?? "") : lines.join("\n")),
    json: (value) => {
      if (!json) return;
      outcome.reported = true;
      write(JSON.stringify(value));
    },
    progress: (text) => {
      if (!stderr.isTTY || quiet || text === shown) return;
      shown = text;
      stderr.write(`\r\u001b[K${text ?? ""}`);
    },
  };
}
