import { type Kernel, PAGE_SIZE, type Steps, type Touched } from "@faultline/mm";
import { type FileName, type Operation, WINDOW_PAGES, WINDOW_START, WRITTEN_BYTE } from "../list/operation.ts";
import { errnoName } from "./errno-name.ts";

/** Whose calls they are, and which files are open. */
export type Caller = {
  readonly mm: number;
  readonly files: ReadonlyMap<string, number>;
  /** The task that the next child becomes. */
  readonly child: number;
};

/** An operation that threads cannot do. */
export class NoCallError extends Error {
  override readonly name = "NoCallError";
  readonly code = "E_OPS_THREAD";

  constructor(op: string, line: number) {
    super(`line ${line}: ${op} changes the process itself, which no thread and no set-up of threads can do here`);
  }
}

/** Signals as results spell them. */
const SIGNALS: Readonly<Record<Exclude<Touched, number>, string>> = {
  SIGSEGV: "SEGV/MAPERR",
  ACCERR: "SEGV/ACCERR",
  PKUERR: "SEGV/?",
  SIGBUS: "BUS/ADRERR",
  SIGKILL: "KILL",
  OOM: "OOM",
};

/** What a call gave: an address, another number or an errno, or how a touch ended. */
export type Returned =
  { readonly kind: "address" | "value"; readonly value: number } | { readonly kind: "touch"; readonly text: string };

/**
 * One operation, step by step. A child of fork stays as it is, and what the kernel has placed outside of the window stays
 * there.
 * @throws NoCallError for `forkcont` and `reset`
 */
export function* callSteps(k: Kernel, { mm, files, child }: Caller, operation: Operation): Steps<Returned> {
  const fileOf = (fd: FileName | number): number | null => (typeof fd === "number" ? null : (files.get(fd) ?? null));
  switch (operation.op) {
    case "mmap": {
      const { address, length, offset } = operation;
      const [prot, flags] = [low(operation.prot), low(operation.flags)];
      return at(yield* k.sysMmap(mm, { address, length, prot, flags, file: fileOf(operation.fd), offset }));
    }
    case "mremap":
      return at(yield* k.sysMremap(mm, operation));
    case "munmap":
      return number(yield* k.sysMunmap(mm, operation.address, operation.length));
    case "mprotect":
      return number(yield* k.sysMprotect(mm, operation.address, operation.length, operation.prot));
    case "madvise":
      return number(yield* k.sysMadvise(mm, operation.address, operation.length, low(operation.advice)));
    case "mlock":
    case "munlock":
      return number(yield* k.sysMlock(mm, operation.address, operation.length, operation.op === "mlock"));
    case "trunc":
      return number(yield* k.sysFtruncate(fileOf(operation.fd), operation.length));
    case "r":
    case "w":
      return { kind: "touch", text: yield* touchSteps(k, mm, operation.op, operation.address) };
    case "fork": {
      const made = yield* k.fork(mm, child, null);
      return number(Math.min(made, 0));
    }
    case "forkcont":
    case "reset":
      throw new NoCallError(operation.op, operation.line);
  }
}

/** Where user addresses end and what is no address at all begins, with four levels of page tables. */
const CANONICAL_END = 2n ** 47n;

/** Whether no page table could map the address: exc_general_protection() sends SI_KERNEL, not a page fault's code. */
export function isNoAddress(address: bigint): boolean {
  return address >= CANONICAL_END && address < 2n ** 64n - CANONICAL_END;
}

/** A byte is read, or written: what it was, or the signal, as results spell it. */
export function* touchSteps(k: Kernel, mm: number, kind: "r" | "w", address: bigint): Steps<string> {
  if (isNoAddress(address)) return "SEGV/?";
  if (address >= CANONICAL_END) return SIGNALS.SIGSEGV;
  const touched = yield* k.userTouch(mm, Number(address), kind === "w" ? WRITTEN_BYTE : null);
  return typeof touched === "number" ? String(touched) : SIGNALS[touched];
}

/** What a call of a thread returned, as one word: wherever the kernel has placed something is one place. */
export function wordOf(returned: Returned): string {
  if (returned.kind === "touch") return returned.text;
  const { kind, value } = returned;
  if (value < 0) return errnoName(value);
  if (kind === "value" || value === 0) return value.toString(16);
  const end = WINDOW_START + WINDOW_PAGES * PAGE_SIZE;
  return value >= WINDOW_START && value < end ? (value - WINDOW_START).toString(16) : "elsewhere";
}

const at = (value: number): Returned => ({ kind: "address", value });

const number = (value: number): Returned => ({ kind: "value", value });

const low = (register: bigint): number => Number(BigInt.asIntN(32, register));
