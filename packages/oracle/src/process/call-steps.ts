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

/** What a call asks of the kernel, and what its answer means. */
export type Call = {
  readonly kind: "call";
  readonly begin: (k: Kernel) => Steps<number | Touched>;
  readonly told: (answer: number | Touched) => Returned;
};

/**
 * One operation, step by step. A child of fork stays as it is, and what the kernel has placed outside of the window stays
 * there.
 * @throws NoCallError for `forkcont` and `reset`
 */
export function* callSteps(k: Kernel, caller: Caller, operation: Operation): Steps<Returned> {
  const call = callOf(caller, operation);
  return call.kind === "call" ? call.told(yield* call.begin(k)) : call;
}

/** The call that an operation is; how it ends, where the kernel has nothing to do with it. @throws as {@link callSteps} */
export function callOf({ mm, files, child }: Caller, operation: Operation): Call | Returned {
  const fileOf = (fd: FileName | number): number | null => (typeof fd === "number" ? null : (files.get(fd) ?? null));
  switch (operation.op) {
    case "mmap": {
      const { address, length, offset } = operation;
      const [prot, flags] = [low(operation.prot), low(operation.flags)];
      const registers = { address, length, prot, flags, file: fileOf(operation.fd), offset };
      return { kind: "call", begin: (k) => k.sysMmap(mm, registers), told: at };
    }
    case "mremap":
      return { kind: "call", begin: (k) => k.sysMremap(mm, operation), told: at };
    case "munmap":
      return numbered((k) => k.sysMunmap(mm, operation.address, operation.length));
    case "mprotect":
      return numbered((k) => k.sysMprotect(mm, operation.address, operation.length, operation.prot));
    case "madvise":
      return numbered((k) => k.sysMadvise(mm, operation.address, operation.length, low(operation.advice)));
    case "mlock":
    case "munlock":
      return numbered((k) => k.sysMlock(mm, operation.address, operation.length, operation.op === "mlock"));
    case "trunc":
      return numbered((k) => k.sysFtruncate(fileOf(operation.fd), operation.length));
    case "r":
    case "w":
      return touchOf(mm, operation.op, operation.address);
    case "fork":
      return { kind: "call", begin: (k) => k.fork(mm, child, null), told: (made) => number(Math.min(Number(made), 0)) };
    case "forkcont":
    case "reset":
      throw new NoCallError(operation.op, operation.line);
  }
}

function numbered(begin: (k: Kernel) => Steps<number>): Call {
  return { kind: "call", begin, told: number };
}

/** Where user addresses end and what is no address at all begins, with four levels of page tables. */
const CANONICAL_END = 2n ** 47n;

/** Whether no page table could map the address: exc_general_protection() sends SI_KERNEL, not a page fault's code. */
export function isNoAddress(address: bigint): boolean {
  return address >= CANONICAL_END && address < 2n ** 64n - CANONICAL_END;
}

/** A byte is read, or written: what it was, or the signal, as results spell it. */
export function touchOf(mm: number, kind: "r" | "w", address: bigint): Call | Returned {
  if (isNoAddress(address)) return { kind: "touch", text: "SEGV/?" };
  if (address >= CANONICAL_END) return { kind: "touch", text: SIGNALS.SIGSEGV };
  return {
    kind: "call",
    begin: (k) => k.userTouch(mm, Number(address), kind === "w" ? WRITTEN_BYTE : null),
    told: felt,
  };
}

function felt(touched: number | Touched): Returned {
  return { kind: "touch", text: typeof touched === "number" ? String(touched) : SIGNALS[touched] };
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

const at = (value: number | Touched): Returned => ({ kind: "address", value: Number(value) });

const number = (value: number | Touched): Returned => ({ kind: "value", value: Number(value) });

const low = (register: bigint): number => Number(BigInt.asIntN(32, register));
