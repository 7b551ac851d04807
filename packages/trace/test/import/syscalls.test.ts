import { expect, test } from "vitest";
import { importFtraceLines, type ImportResult } from "../../src/index.ts";

// System calls in made-up traces of linux-6.18: what their registers decide, and what nobody can tell.

const LOCK = "mm=00000000aa00bb11 memcg_id=1";
/** Lines of mmap_lock between a call's beginning and its end. */
const W = ["start true", "got true", "released true"];
const R = ["start false", "got false", "released false"];
const DOWNGRADED = ["start true", "got true", "got false", "released false"];

/** A call's lines: its text, what it does with mmap_lock, and what it returns. */
type CallLines = readonly [text: string, locks: readonly string[], result: number];

const AREA = "addr: 0x100000000000, len: 0x4000";
const MAPPED: CallLines = [`mmap(${AREA}, prot: 3, flags: 0x32, fd: 0xffffffff, off: 0)`, W, 0x1000_0000_0000];

function imported(...calls: CallLines[]): ImportResult {
  const lines: string[] = [];
  const say = (text: string): unknown => lines.push(`t-7 [000] ..... ${lines.length + 1}: ${text}`);
  for (const [text, locks, result] of calls) {
    say(`sys_${text}`);
    for (const lock of locks) {
      const [what, write] = lock.split(" ");
      if (what === "start") say(`mmap_lock_start_locking: ${LOCK} write=${write}`);
      else if (what === "released") say(`mmap_lock_released: ${LOCK} write=${write}`);
      else say(`mmap_lock_acquire_returned: ${LOCK} write=${write} success=true`);
    }
    say(`sys_${text.slice(0, text.indexOf("("))} -> 0x${BigInt.asUintN(64, BigInt(result)).toString(16)}`);
  }
  return importFtraceLines(lines, { profile: "linux-6.18" });
}

const judged: readonly (readonly [what: string, ...CallLines])[] = [
  ["a length beyond 2^53", "munmap(addr: 0x100000000000, len: 0xffffffffffffffff)", W, -22],
  ["a length that wraps", "mprotect(start: 0x100000000000, len: 0xfffffffffffff000, prot: 1)", [], -12],
  ["an address inside of a page", "mprotect(start: 0x100000000800, len: 0x1000, prot: 1)", [], -22],
  ["no length", "mmap(addr: 0, len: 0, prot: 3, flags: 0x22, fd: 0xffffffff, off: 0)", W, -22],
  ["neither shared nor private", "mmap(addr: 0, len: 0x1000, prot: 3, flags: 0x20, fd: 0xffffffff, off: 0)", W, -22],
  ["an advice that nobody knows", "madvise(start: 0x100000000000, len_in: 0, behavior: 77)", [], -22],
  ["no length of advice", "madvise(start: 0x100000000000, len_in: 0, behavior: 4)", [], 0],
  [
    "flags that nobody knows",
    "mremap(addr: 0x100000000000, old_len: 1000, new_len: 1000, flags: 80, new_addr: 0)",
    [],
    -22,
  ],
  ["a hole", "munmap(addr: 0x100000000000, len: 0x4000)", DOWNGRADED, 0],
  [
    "a part",
    "mremap(addr: 0x100000000000, old_len: 4000, new_len: 2000, flags: 0, new_addr: 0)",
    DOWNGRADED,
    0x1000_0000_0000,
  ],
  [
    "pages wanted at once",
    `mmap(${AREA}, prot: 3, flags: 0x8032, fd: 0xffffffff, off: 0)`,
    [...W, ...R],
    0x1000_0000_0000,
  ],
  ["a place that is taken", `mmap(${AREA}, prot: 3, flags: 0x100022, fd: 0xffffffff, off: 0)`, W, -17],
];

test.each(judged)("%s: the result is judged", (_what, ...call) => {
  const result = imported(MAPPED, call);
  expect(result.divergences).toEqual([]);
  expect(result.unjudged).toEqual({});
  expect(result.compared.syscalls).toBe(2);
  const [text, locks, own] = call;
  const changed = imported(MAPPED, [text, locks, own === -14 ? -17 : -14]);
  expect(changed.divergences).toMatchObject([{ line: 7 + locks.length, kind: "ops" }]);
});

const unjudged: readonly (readonly [reason: string, ...CallLines])[] = [
  ["memory or a limit may have run out", "munmap(addr: 0x100000001000, len: 0x1000)", W, -12],
  [
    "memory or a limit may have run out",
    "mmap(addr: 0, len: 0x1000, prot: 3, flags: 0x22, fd: 0xffffffff, off: 0)",
    W,
    -12,
  ],
  ["a signal ended it", "mlock(start: 0x100000001000, len: 0x1000)", R, -4],
  [
    "memory may be sealed, or a security policy have refused it",
    "mprotect(start: 0x100000000000, len: 0x1000, prot: 1)",
    W,
    -1,
  ],
  ["what its file allows is not known", "mmap(addr: 0, len: 0x1000, prot: 3, flags: 1, fd: 3, off: 0)", W, -13],
  [
    "the kernel chose the address",
    "mmap(addr: 0, len: 0x1000, prot: 3, flags: 0x22, fd: 0xffffffff, off: 0)",
    W,
    0x7f00_0000_0000,
  ],
  [
    "the kernel chose the address",
    "mremap(addr: 0x100000000000, old_len: 4000, new_len: 8000, flags: 1, new_addr: 0)",
    W,
    0x7f00_0000_0000,
  ],
  ["it looks at memory that the trace has not shown", "munmap(addr: 0x200000000000, len: 0x1000)", DOWNGRADED, 0],
  ["how the kernel was built decides it", "madvise(start: 0x100000000000, len_in: 0x1000, behavior: c)", W, 0],
  [
    "not modelled: huge pages of their own",
    "mmap(addr: 0, len: 0x1000, prot: 3, flags: 0x40022, fd: 0xffffffff, off: 0)",
    W,
    -12,
  ],
  ["not modelled: brk", "brk(brk: 0)", W, 0x5500_0000_0000],
];

test.each(unjudged)("%s: the result is counted", (reason, ...call) => {
  const result = imported(MAPPED, call);
  expect(result.divergences).toEqual([]);
  expect(result.unjudged).toEqual({ [reason]: 1 });
  expect(result.compared.syscalls).toBe(1);
});

test("where a call's effect cannot be told, what it may have changed is unknown after it", () => {
  const ran: CallLines = ["munmap(addr: 0x100000001000, len: 0x1000)", W, -12];
  const again: CallLines = ["munmap(addr: 0x100000001000, len: 0x1000)", DOWNGRADED, 0];
  const other: CallLines = ["munmap(addr: 0x100000002000, len: 0x1000)", DOWNGRADED, 0];
  const result = imported(MAPPED, ran, again, other);
  expect(result.divergences).toEqual([]);
  expect(result.compared.syscalls).toBe(2);
  expect(Object.values(result.unjudged)).toEqual([1, 1]);
});

test("memory of which the lock fits no history is not known any more", () => {
  const twice: CallLines = ["mprotect(start: 0x100000000000, len: 0x1000, prot: 1)", [...W, "released true"], 0];
  const after: CallLines = ["mprotect(start: 0x100000001000, len: 0x1000, prot: 1)", W, -14];
  const { divergences, unjudged, compared } = imported(MAPPED, twice, after);
  expect(divergences).toMatchObject([{ line: 10, kind: "lock" }]);
  expect(unjudged).toEqual({ "its address space is not followed": 1 });
  expect(compared.syscalls).toBe(2);
});

test("a mapping that fails puts nothing in place that would be known", () => {
  const fails: CallLines = [
    "mmap(addr: 0x200000000000, len: 0x1000, prot: 3, flags: 0x30, fd: 0xffffffff, off: 0)",
    W,
    -22,
  ];
  const result = imported(MAPPED, fails, ["munmap(addr: 0x200000000000, len: 0x1000)", DOWNGRADED, 0]);
  expect(result.divergences).toEqual([]);
  expect(result.compared.syscalls).toBe(2);
  expect(Object.values(result.unjudged)).toEqual([1]);
});

test("a mapping that grows in place is known where nothing was", () => {
  const grow = (result: number): ImportResult =>
    imported(
      MAPPED,
      ["mremap(addr: 0x100000000000, old_len: 4000, new_len: 6000, flags: 0, new_addr: 0)", W, 0x1000_0000_0000],
      ["madvise(start: 0x100000000000, len_in: 0x6000, behavior: 4)", R, result],
    );
  const right = grow(0);
  expect(right.divergences).toEqual([]);
  expect(right.unjudged).toEqual({});
  expect(right.compared.syscalls).toBe(3);
  expect(grow(-22).divergences).toMatchObject([{ line: 15, kind: "ops" }]);
});

test("where a mapping may have been moved to is unknown when that failed and nobody can say where", () => {
  const moves: CallLines = [
    "mremap(addr: 0x200000000000, old_len: 1000, new_len: 1000, flags: 3, new_addr: 0x100000000000)",
    W,
    -12,
  ];
  const protect = (start: string): CallLines => [`mprotect(start: ${start}, len: 0x1000, prot: 1)`, W, 0];
  const result = imported(MAPPED, moves, protect("0x100000000000"), protect("0x100000002000"));
  expect(result.divergences).toEqual([]);
  expect(result.compared.syscalls).toBe(2);
  expect(result.unjudged).toEqual({ "it looks at memory that the trace has not shown": 2 });
});

test("an address that the kernel chose where something is known to be", () => {
  const chosen = "mmap(addr: 0, len: 0x1000, prot: 3, flags: 0x22, fd: 0xffffffff, off: 0)";
  const [first] = imported(MAPPED, [chosen, W, 0x1000_0000_2000]).divergences;
  expect(first).toMatchObject({ line: 10, reason: "mmap of t-7 returns 0x100000002000; the model's returns -EEXIST" });
});

test("a call that has changed the map was not ended by a signal, nor for want of memory", () => {
  const downgraded = "munmap(addr: 0x100000001000, len: 0x1000)";
  for (const result of [-4, -12]) {
    expect(imported(MAPPED, [downgraded, DOWNGRADED, result]).divergences).toMatchObject([{ line: 11, kind: "ops" }]);
  }
});
