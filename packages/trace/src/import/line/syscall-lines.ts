import { result } from "./fields.ts";
import type { TraceEvent } from "./trace-event.ts";

/** The system calls that are read, with the names of their arguments in the order in which they are passed. */
const CALLS = {
  mmap: ["addr", "len", "prot", "flags", "fd", "off"],
  munmap: ["addr", "len"],
  mprotect: ["start", "len", "prot"],
  mremap: ["addr", "old_len", "new_len", "flags", "new_addr"],
  madvise: ["start", "len_in", "behavior"],
  mlock: ["start", "len"],
  munlock: ["start", "len"],
  brk: ["brk"],
  clone: ["clone_flags"],
  clone3: [],
  fork: [],
  vfork: [],
  process_madvise: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A system call by the kernel's name, without `sys_`. */
export type SyscallName = keyof typeof CALLS;

/** Whether this is the name of a system call that is read. */
export function isSyscall(name: string): name is SyscallName {
  return Object.hasOwn(CALLS, name);
}

/** How many arguments of this call are read. */
export function arity(name: SyscallName): number {
  return CALLS[name].length;
}

const EXIT = /^sys_(\w+) -> (0x[\da-f]+)$/;
const ENTRY = /^sys_(\w+)\((.*)\)$/s;

/** `sys_mmap(addr: 0, len: 20000, …)` and `sys_mmap -> 0x7fc6ba4a0000`; numbers are hexadecimal, with 0x or without. */
export function parseSyscall(text: string): TraceEvent | undefined {
  const exit = EXIT.exec(text);
  if (exit !== null) {
    const [, name, shown] = exit as unknown as [string, string, string];
    const value = result(shown);
    return value === undefined || !isSyscall(name) ? undefined : { kind: "sys_exit", name, result: value };
  }
  const [, name, list] = ENTRY.exec(text) ?? [];
  if (name === undefined || list === undefined || !isSyscall(name)) return undefined;
  const words = readArguments(CALLS[name], list);
  if (words === undefined) return undefined;
  const args = words.map((word) => Number.parseInt(word, 16));
  if (args.every(Number.isSafeInteger)) return { kind: "sys_enter", name, args };
  return {
    kind: "sys_enter",
    name,
    args,
    exact: words.map((word) => BigInt(word.startsWith("0x") ? word : `0x${word}`)),
  };
}

function readArguments(names: readonly string[], list: string): string[] | undefined {
  const found = new Map(list.split(", ").map((one): [string, string] => [nameOf(one), valueOf(one)]));
  const words: string[] = [];
  for (const name of names) {
    const word = found.get(name);
    if (word === undefined || !/^(?:0x)?[\da-f]{1,16}$/.test(word)) return undefined;
    words.push(word);
  }
  return words;
}

/** Arguments as the registers of 64 bits in which they are passed. */
export function registersOf(args: readonly number[], exact: readonly bigint[] | undefined): readonly bigint[] {
  return exact ?? args.map((arg) => BigInt.asUintN(64, BigInt(arg)));
}

function nameOf(pair: string): string {
  return pair.slice(0, Math.max(pair.indexOf(": "), 0));
}

function valueOf(pair: string): string {
  return pair.slice(pair.indexOf(": ") + 2);
}
