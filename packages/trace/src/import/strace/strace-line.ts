import { arity, isSyscall, type SyscallName } from "../line/syscall-lines.ts";
import { ERRORS, NAMES, SIGNALS } from "./constants.ts";

/** What a line of strace says. */
export type StraceLine =
  | {
      readonly kind: "call";
      readonly name: SyscallName;
      readonly args: readonly number[];
      /** The arguments exactly, where one is beyond 2^53 and comes rounded in `args`. */
      readonly exact?: readonly bigint[];
      readonly result: number;
    }
  /** `mmap(NULL, 8192 <unfinished ...>`: it goes on in another line. */
  | { readonly kind: "unfinished"; readonly text: string }
  | { readonly kind: "resumed"; readonly text: string }
  | { readonly kind: "signal"; readonly signal: number; readonly mapped: boolean | undefined; readonly address: number }
  | { readonly kind: "exit" }
  | { readonly kind: "exec" }
  | { readonly kind: "ignored"; readonly name: string };

/** A line with the columns before it. */
export interface StraceText {
  readonly pid: number;
  /** Microseconds, or 0 where it has no time. */
  readonly time: number;
  readonly text: string;
}

// `-f` to a file puts the pid first, to a terminal in brackets; without it there is one process.
const COLUMNS = /^(?:(\d{1,10}) +|\[pid +(\d{1,10})\] )?(?:(\d{1,12})\.(\d{6})|\d\d:\d\d:\d\d(?:\.\d{6})?)? ?(.*)$/s;

/** Whether a line can only be strace's: with a time of -ttt and a call, a signal or an end. */
export function isStrace(line: string): boolean {
  return /^(?:\d{1,10} +|\[pid +\d{1,10}\] )?\d{9,12}\.\d{6} (?:[a-z_]\w*\(|<\.\.\. |--- |\+\+\+ )/.test(line);
}

/** The columns of a line. */
export function parseColumns(line: string): StraceText {
  const [, first, second, whole, part, text] = COLUMNS.exec(line) ?? [];
  const time = whole === undefined ? 0 : Number(whole) * 1_000_000 + Number(part);
  return { pid: Number(first ?? second ?? 0), time, text: text ?? "" };
}

const CALL = /^([a-z_]\w*)\((.*)\) += (0x[\da-f]{1,16}|-?\d{1,19}|\?)(?: ([A-Z]\w*) \(.*\))?(?: \(.*\))?$/s;

/** What the text after the columns says; undefined when it says nothing understood. */
export function parseStrace(text: string): StraceLine | undefined {
  if (text.startsWith("+++ ")) return { kind: "exit" };
  if (text.startsWith("--- ")) return parseSignal(text);
  const unfinished = /^(.*) <unfinished \.\.\.>$/s.exec(text)?.[1];
  if (unfinished !== undefined) return { kind: "unfinished", text: unfinished };
  const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(text)?.[1];
  if (resumed !== undefined) return { kind: "resumed", text: resumed };
  const [, name, list, shown, error] = CALL.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (name === "execve") return shown === "0" ? { kind: "exec" } : { kind: "ignored", name: "another system call" };
  if (!isSyscall(name)) return { kind: "ignored", name: "another system call" };
  const words = name === "clone" || name === "clone3" ? flagsOfClone(list!) : readArguments(list!, arity(name));
  const result = error === undefined ? Number(shown) : ERRORS.get(error);
  if (words === undefined || result === undefined || Number.isNaN(result)) return undefined;
  const args = words.map(Number);
  if (args.every(Number.isSafeInteger)) return { kind: "call", name, args, result };
  return { kind: "call", name, args, exact: words.map((word) => BigInt.asUintN(64, word)), result };
}

/** A signal for an access; others tell nothing of memory. */
function parseSignal(text: string): StraceLine {
  const signal = SIGNALS.get(/^--- (SIG\w+) /.exec(text)?.[1] ?? "");
  const address = /si_addr=(0x[\da-f]{1,13}|NULL)\b/.exec(text)?.[1];
  if (signal === undefined || address === undefined) return { kind: "ignored", name: "another signal" };
  const code = /si_code=(SEGV_MAPERR|SEGV_ACCERR)\b/.exec(text)?.[1];
  const mapped = code === undefined ? undefined : code === "SEGV_ACCERR";
  return { kind: "signal", signal, mapped, address: address === "NULL" ? 0 : Number(address) };
}

function readArguments(list: string, count: number): bigint[] | undefined {
  const words = list.split(", ");
  const args: bigint[] = [];
  // Fewer are printed where the flags say that the others mean nothing.
  for (const word of words.slice(0, count)) {
    const value = readWord(word);
    if (value === undefined) return undefined;
    args.push(value);
  }
  while (args.length < count) args.push(0n);
  return args;
}

/** `0x1000`, `-1`, `3</dev/zero>`, `PROT_READ|PROT_WRITE`; remarks of strace's own do not count. */
function readWord(word: string): bigint | undefined {
  let value = 0n;
  for (const part of word
    .replace(/ \/\*.*\*\/$/, "")
    .replace(/<.*>$/, "")
    .split("|")) {
    const one = /^(?:-?\d{1,19}|1\d{19}|0x[\da-f]{1,16})$/.test(part) ? part : NAMES.get(part);
    if (one === undefined) return undefined;
    value += BigInt(one);
  }
  return value;
}

/** Only whether the child shares the memory matters. */
function flagsOfClone(list: string): bigint[] {
  const CLONE_VM = 0x100n;
  return [/\bCLONE_VM\b/.test(list) ? CLONE_VM : 0n];
}
