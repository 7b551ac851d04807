import { PAGE_SIZE } from "@faultline/mm";
import { arity, type SyscallName } from "../line/syscall-lines.ts";
import type { Report } from "../report.ts";
import type { TruthFile, TruthOp } from "./truth-file.ts";

/** What the trace shows of one thread's doings. */
type Seen =
  | {
      readonly what: "call";
      readonly line: number;
      readonly name: SyscallName;
      readonly args: readonly number[];
      readonly result: number;
    }
  | {
      readonly what: "touch";
      readonly line: number;
      readonly address: number;
      /** The signal that came of it; 0 for none. */
      readonly signal: number;
    };

/** How a program's own list of what it did compares with the trace. */
export interface OpsCompared {
  /** Lines of the list of which the trace shows the very same. */
  readonly compared: number;
  /** Accesses without a trace: the page was there. */
  readonly silent: number;
  /** Lines before the first that the trace still has. */
  readonly lost: number;
}

const SIGNALS_FROM = 1_000;

/** Holds the `## ops` of a truth file, line by line, against the system calls and page faults of the trace. */
export class OpStream {
  readonly #file: TruthFile;
  readonly #report: Report;
  readonly #seen = new Map<number, Seen[]>();

  constructor(file: TruthFile, report: Report) {
    this.#file = file;
    this.#report = report;
  }

  call(task: number, name: SyscallName, args: readonly number[], result: number): void {
    const forks = name === "fork" || name === "vfork" || (name === "clone" && ((args[0] ?? 0) & CLONE_VM) === 0);
    if (forks || this.#inWindow(args[0] ?? 0)) {
      this.#note(task, { what: "call", line: this.#report.line, name: forks ? "fork" : name, args, result });
    }
  }

  fault(task: number, address: number, signal: number): void {
    if (this.#inWindow(address)) this.#note(task, { what: "touch", line: this.#report.line, address, signal });
  }

  /** At the end: what differs becomes a divergence at the trace's line. `headLost`: the trace may begin in the middle. */
  compare(headLost: boolean): OpsCompared {
    const total = { compared: 0, silent: 0, lost: 0 };
    for (const [task, ops] of byTask(this.#file.ops)) {
      const part = this.#compareTask(task, ops, headLost);
      total.compared += part.compared;
      total.silent += part.silent;
      total.lost += part.lost;
    }
    return total;
  }

  /** From the end backwards: what is lost is lost at the head. */
  #compareTask(task: number, ops: readonly TruthOp[], headLost: boolean): OpsCompared {
    const seen = this.#seen.get(task) ?? [];
    let [compared, silent] = [0, 0];
    let at = seen.length;
    let op = ops.length;
    while (op > 0 && (at > 0 || !headLost)) {
      const one = ops[op - 1]!;
      const used = isTouch(one) ? touches(one, seen, at) : sameCall(one, seen[at - 1]) ? 1 : undefined;
      if (used === undefined) {
        this.#differ(task, one, seen[at - 1]);
        return { compared, silent, lost: 0 };
      }
      if (used === 0) silent++;
      else compared++;
      at -= used;
      op--;
    }
    if (at > 0) this.#differ(task, undefined, seen[at - 1]);
    return { compared, silent, lost: op };
  }

  #differ(task: number, op: TruthOp | undefined, seen: Seen | undefined): void {
    const written = op === undefined ? "nothing more" : `line ${op.line} of the truth file, ${spellOp(op)}`;
    const shown = seen === undefined ? "nothing before" : spellSeen(seen);
    if (seen !== undefined) this.#report.line = seen.line;
    this.#report.differ("ops", `task ${task} wrote down ${written}; the trace shows ${shown}`);
  }

  #note(task: number, one: Seen): void {
    const list = this.#seen.get(task);
    if (list === undefined) this.#seen.set(task, [one]);
    else list.push(one);
  }

  #inWindow(address: number): boolean {
    const { start, pages } = this.#file.window;
    return start <= address && address < start + pages * PAGE_SIZE;
  }
}

const CLONE_VM = 0x100;

function byTask(ops: readonly TruthOp[]): Map<number, TruthOp[]> {
  const tasks = new Map<number, TruthOp[]>();
  for (const op of ops) {
    const list = tasks.get(op.task);
    if (list === undefined) tasks.set(op.task, [op]);
    else list.push(op);
  }
  return tasks;
}

function isTouch({ op }: TruthOp): boolean {
  return op === "read" || op === "write";
}

/** How many faults before `at` belong to this access: none where the page was there. Undefined where they do not fit. */
function touches(op: TruthOp, seen: readonly Seen[], at: number): number | undefined {
  const signal = op.result <= -SIGNALS_FROM ? -op.result - SIGNALS_FROM : 0;
  let used = 0;
  for (let one = seen[at - 1]; one?.what === "touch" && one.address === op.args[0]; one = seen[at - used - 1]) {
    // An access that got its signal has ended: what comes before it is another's.
    if (one.signal !== (used === 0 ? signal : 0)) break;
    used++;
  }
  return signal > 0 && used === 0 ? undefined : used;
}

function sameCall({ op, args, result }: TruthOp, seen: Seen | undefined): boolean {
  if (seen?.what !== "call" || seen.name !== op || seen.result !== result) return false;
  if (op === "fork") return true;
  const count = Math.min(arity(seen.name), args.length);
  // Descriptors are ints, printed with and without their sign.
  return args
    .slice(0, count)
    .every((arg, i) => (i === 4 && op === "mmap" ? (arg | 0) === (seen.args[i]! | 0) : arg === seen.args[i]));
}

function spellOp({ op, args, result }: TruthOp): string {
  return `${op}(${args.map((arg) => `0x${arg.toString(16)}`).join(", ")}) = ${result}`;
}

function spellSeen(seen: Seen): string {
  if (seen.what === "touch") return `a fault at 0x${seen.address.toString(16)} with signal ${seen.signal}`;
  return `${seen.name}(${seen.args.map((arg) => `0x${arg.toString(16)}`).join(", ")}) = ${seen.result}`;
}
