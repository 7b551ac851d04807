import type { Operation } from "../list/operation.ts";
import { WINDOW_START } from "../list/operation.ts";
import { isNoAddress } from "../process/call-steps.ts";
import { type Machine, PLAIN_MACHINE } from "../process/machine.ts";
import type { ResultLine } from "./result-line.ts";

const MAP_SHARED_ANONYMOUS = 0x21n;
const PAGE_SHIFT = 12n;

/**
 * What a record tells of the machine that it was made on: `sd` among the flags, a signal that only protection keys
 * give, and files that show by the name of another whose inode has the same number. What it does not tell is as on a
 * plain machine. `operations` and `results` belong together, children's lines left out.
 */
export function machineOf(operations: readonly Operation[], results: readonly ResultLine[]): Machine {
  const softDirty = results.some(({ vmas }) => vmas?.some(([, , , , , flags]) => flags?.split(" ").includes("sd")));
  const pku = operations.some((operation, at) => results[at]?.touch === "SEGV/?" && !touchesNothing(operation));
  return { ...PLAIN_MACHINE, softDirty, pku, aliases: aliasesOf(operations, results) };
}

/** Such a touch gets a signal with the same unknown code. */
function touchesNothing(operation: Operation): boolean {
  return (operation.op === "r" || operation.op === "w") && isNoAddress(operation.address);
}

/** The name under which each file shows first; what shows by its own is no alias. */
function aliasesOf(operations: readonly Operation[], results: readonly ResultLine[]): Record<string, string> {
  const shown = new Map<string, string>();
  let unnamed = 0;
  for (const [at, operation] of operations.entries()) {
    const result = results[at];
    if (operation.op !== "mmap" || result?.err !== undefined) continue;
    const shared = (operation.flags & MAP_SHARED_ANONYMOUS) === MAP_SHARED_ANONYMOUS;
    const own = shared ? `shmem${unnamed++}` : typeof operation.fd === "string" ? fileOf(operation.fd) : undefined;
    const page = Number((operation.address - BigInt(WINDOW_START)) >> PAGE_SHIFT);
    const name = result?.vmas?.find(([start, end]) => start <= page && page < end)?.[4];
    if (own !== undefined && name !== undefined && !shown.has(own)) shown.set(own, name);
  }
  return Object.fromEntries([...shown].filter(([own, name]) => name !== own && name !== "?"));
}

/** All descriptors of the file on disk are of one inode. */
function fileOf(fd: string): string {
  return fd.startsWith("f") ? "f" : fd;
}

/** `soft-dirty, protection keys, f shown as m1`; `plain`. */
export function describeMachine({ softDirty, pku, aliases }: Machine): string {
  const facts = [
    ...(softDirty ? ["soft-dirty pages"] : []),
    ...(pku ? ["protection keys"] : []),
    ...Object.entries(aliases).map(([own, name]) => `${own} shown as ${name}`),
  ];
  return facts.join(", ") || "plain";
}
