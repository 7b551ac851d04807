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

/**
 * One operation of a thread, step by step: what it returned, as one word. A child of fork stays as it is; what the kernel
 * has placed outside of the window stays there, and is one place.
 * @throws NoCallError for `forkcont` and `reset`
 */
export function* callSteps(k: Kernel, { mm, files, child }: Caller, operation: Operation): Steps<string> {
  const fileOf = (fd: FileName | number): number | null => (typeof fd === "number" ? null : (files.get(fd) ?? null));
  switch (operation.op) {
    case "mmap": {
      const { address, length, offset } = operation;
      const [prot, flags] = [low(operation.prot), low(operation.flags)];
      return placeText(yield* k.sysMmap(mm, { address, length, prot, flags, file: fileOf(operation.fd), offset }));
    }
    case "mremap":
      return placeText(yield* k.sysMremap(mm, operation));
    case "munmap":
      return text(yield* k.sysMunmap(mm, operation.address, operation.length));
    case "mprotect":
      return text(yield* k.sysMprotect(mm, operation.address, operation.length, operation.prot));
    case "madvise":
      return text(yield* k.sysMadvise(mm, operation.address, operation.length, low(operation.advice)));
    case "mlock":
    case "munlock":
      return text(yield* k.sysMlock(mm, operation.address, operation.length, operation.op === "mlock"));
    case "trunc":
      return text(yield* k.sysFtruncate(fileOf(operation.fd), operation.length));
    case "r":
    case "w": {
      const byte = operation.op === "w" ? WRITTEN_BYTE : null;
      const touched = yield* k.userTouch(mm, Number(operation.address), byte);
      return typeof touched === "number" ? String(touched) : SIGNALS[touched];
    }
    case "fork": {
      const made = yield* k.fork(mm, child, null);
      return made < 0 ? text(made) : "0";
    }
    case "forkcont":
    case "reset":
      throw new NoCallError(operation.op, operation.line);
  }
}

function placeText(address: number): string {
  const end = WINDOW_START + WINDOW_PAGES * PAGE_SIZE;
  if (address <= 0) return text(address);
  return address >= WINDOW_START && address < end ? (address - WINDOW_START).toString(16) : "elsewhere";
}

const text = (value: number): string => (value < 0 ? errnoName(value) : value.toString(16));

const low = (register: bigint): number => Number(BigInt.asIntN(32, register));
