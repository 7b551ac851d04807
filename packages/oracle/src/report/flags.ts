import type { Operation } from "../list/operation.ts";
import { ADVICE, ADVICE_LEFT_OUT } from "../generate/advice.ts";

type Bits = readonly (readonly [name: string, bit: bigint])[];

const MAP_BITS: Bits = [
  ["MAP_FIXED", 0x10n],
  ["MAP_ANONYMOUS", 0x20n],
  ["MAP_32BIT", 0x40n],
  ["MAP_GROWSDOWN", 0x100n],
  ["MAP_DENYWRITE", 0x800n],
  ["MAP_EXECUTABLE", 0x1000n],
  ["MAP_LOCKED", 0x2000n],
  ["MAP_NORESERVE", 0x4000n],
  ["MAP_POPULATE", 0x8000n],
  ["MAP_NONBLOCK", 0x1_0000n],
  ["MAP_STACK", 0x2_0000n],
  ["MAP_FIXED_NOREPLACE", 0x10_0000n],
];
const MAP_TYPES = ["MAP_SHARED", "MAP_PRIVATE", "MAP_SHARED_VALIDATE"] as const;
const PROTS = ["PROT_NONE", "PROT_READ", "PROT_WRITE", "PROT_EXEC", "PROT_READ|PROT_WRITE"] as const;
const MPROTECT_BITS: Bits = [
  ["PROT_SEM", 8n],
  ["PROT_GROWSDOWN", 0x100_0000n],
  ["PROT_GROWSUP", 0x200_0000n],
];
const MREMAP_FLAGS = [
  "0",
  "MREMAP_MAYMOVE",
  "MREMAP_MAYMOVE|MREMAP_FIXED",
  "MREMAP_MAYMOVE|MREMAP_DONTUNMAP",
  "MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP",
] as const;

/** Every flag, protection and advice that lists give to a call which succeeds. */
export const FLAGS: readonly string[] = [
  ...[...MAP_TYPES, ...MAP_BITS.map(([name]) => name)].map((name) => `mmap ${name}`),
  ...PROTS.flatMap((name) => [`mmap ${name}`, `mprotect ${name}`]),
  ...MPROTECT_BITS.flatMap(([name]) => (name === "PROT_GROWSUP" ? [] : [`mprotect ${name}`])),
  ...MREMAP_FLAGS.map((name) => `mremap ${name}`),
  ...[...ADVICE]
    .flatMap(([number, name]) => (ADVICE_LEFT_OUT.has(number) ? [] : [name]))
    .map((name) => `madvise ${name}`),
];

/** Flags that lists do not give, and why. */
export const FLAGS_LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["mmap MAP_32BIT without MAP_FIXED", "the kernel chooses the place at random"],
  ["madvise MADV_REMOVE of the file on disk, and its growth", "what a fault reads there, readahead decides"],
  ["madvise MADV_PAGEOUT of files, and after MADV_FREE", "what reclaim takes, its per-CPU lists decide"],
  ["mmap MAP_HUGETLB", "needs reserved huge pages: memory shortage without"],
  ["mmap MAP_SYNC", "needs persistent memory"],
  ["mmap MAP_DROPPABLE", "for vDSO data, since 6.11; its pages go as the kernel likes"],
  ["mmap MAP_UNINITIALIZED", "for machines without an MMU"],
  ["mprotect PROT_GROWSUP", "nothing grows up on x86: it is an error"],
]);

/** The flags of an operation that succeeded. */
export function flagsOf(operation: Operation): readonly string[] {
  switch (operation.op) {
    case "mmap": {
      const type = MAP_TYPES[[1n, 2n, 3n].indexOf(operation.flags & 0xfn)];
      const names = [
        ...(type === undefined ? [] : [type]),
        ...bitsIn(operation.flags, MAP_BITS),
        ...prots(operation.prot),
      ];
      return names.map((name) => `mmap ${name}`);
    }
    case "mprotect":
      return [...bitsIn(operation.prot, MPROTECT_BITS), ...prots(operation.prot)].map((name) => `mprotect ${name}`);
    case "mremap": {
      const name = MREMAP_FLAGS[[0n, 1n, 3n, 5n, 7n].indexOf(operation.flags)];
      return name === undefined ? [] : [`mremap ${name}`];
    }
    case "madvise": {
      const name = ADVICE.get(Number(operation.advice));
      return name === undefined ? [] : [`madvise ${name}`];
    }
    default:
      return [];
  }
}

const bitsIn = (flags: bigint, bits: Bits): string[] =>
  bits.flatMap(([name, bit]) => ((flags & bit) === 0n ? [] : [name]));

function prots(prot: bigint): string[] {
  const access = prot & 7n;
  if (access === 0n) return ["PROT_NONE"];
  const names = ["PROT_READ", "PROT_WRITE", "PROT_EXEC"].filter((_, bit) => (access & (1n << BigInt(bit))) !== 0n);
  return access === 3n ? [...names, "PROT_READ|PROT_WRITE"] : names;
}
