import { describe, expect, test } from "vitest";
import { importFtraceLines, type ImportResult } from "../../src/index.ts";

// Two threads of a made-up process on linux-6.18: a call waits for mmap_lock, and another goes before it.

const LOCK = "mm=00000000aa00bb11 memcg_id=1";
const MEMORY = "it looks at memory that the trace has not shown";
const EFAULT = -14;

/** What a thread does, one line each: `7 enters TEXT`, `7 starts`, `7 gets`, `7 downgrades`, `7 leaves (W|R)`, `7 returns CALL NUMBER`. */
function imported(text: string): ImportResult {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line, i) => {
      const [, pid, does, rest = ""] = /^(\d+) (\w+) ?(.*)$/.exec(line)!;
      return `t-${pid}   (      7) [000] ..... ${1000 + i}: ${spell(does!, rest)}`;
    });
  return importFtraceLines(lines, { profile: "linux-6.18" });
}

function spell(does: string, rest: string): string {
  switch (does) {
    case "enters":
      return `sys_${rest}`;
    case "starts":
      return `mmap_lock_start_locking: ${LOCK} write=true`;
    case "gets":
      return `mmap_lock_acquire_returned: ${LOCK} write=true success=true`;
    case "downgrades":
      return `mmap_lock_acquire_returned: ${LOCK} write=false success=true`;
    case "leaves":
      return `mmap_lock_released: ${LOCK} write=${rest === "W"}`;
    case "returns": {
      const [name, result] = rest.split(" ");
      return `sys_${name} -> 0x${BigInt.asUintN(64, BigInt(result!)).toString(16)}`;
    }
    default:
      throw new Error(`"${does}" is nothing that a thread does`);
  }
}

const MAPPED = `
  7 enters mmap(addr: 0x100000000000, len: 0x4000, prot: 3, flags: 0x32, fd: 0xffffffff, off: 0)
  7 starts
  7 gets
  7 leaves W
  7 returns mmap 0x100000000000`;

/** A call that looks at memory which nobody knows, and at what has been mapped: it is not followed. */
const UNMAPS = `
  8 enters munmap(addr: 0xffffffff000, len: 0x5000)
  8 starts
  8 gets
  8 downgrades
  8 leaves R
  8 returns munmap 0`;

const SHRINKS = "mremap(addr: 0x100000000000, old_len: 4000, new_len: 2000, flags: 0, new_addr: 0)";

describe("a call that waits for the lock while one that is not followed changes what it looks at", () => {
  test("is not judged", () => {
    const result = imported(`${MAPPED}
      7 enters ${SHRINKS}
      7 starts ${UNMAPS}
      7 gets
      7 leaves W
      7 returns mremap ${EFAULT}`);
    expect(result.divergences).toEqual([]);
    expect(result.unjudged).toEqual({ [MEMORY]: 2 });
    expect(result.compared.syscalls).toBe(1);
  });

  test("is judged where it replaces what was there", () => {
    const replaces = (result: number): ImportResult =>
      imported(`${MAPPED}
        7 enters mmap(addr: 0x100000000000, len: 0x4000, prot: 1, flags: 0x32, fd: 0xffffffff, off: 0)
        7 starts ${UNMAPS}
        7 gets
        7 leaves W
        7 returns mmap ${result}`);
    const right = replaces(0x1000_0000_0000);
    expect(right.divergences).toEqual([]);
    expect(right.unjudged).toEqual({ [MEMORY]: 1 });
    expect(right.compared.syscalls).toBe(2);
    expect(replaces(0x1000_0000_1000).divergences).toMatchObject([{ line: 16, kind: "ops" }]);
  });

  test("is judged where that changes something else", () => {
    const result = imported(`${MAPPED}
      7 enters mprotect(start: 0x100000000000, len: 0x1000, prot: 1)
      7 starts ${UNMAPS.replace("0x5000", "0x1000")}
      7 gets
      7 leaves W
      7 returns mprotect 0`);
    expect(result.divergences).toEqual([]);
    expect(result.unjudged).toEqual({ [MEMORY]: 1 });
    expect(result.compared.syscalls).toBe(2);
  });
});

describe("a call that waits for the lock while one that is followed changes what it looks at", () => {
  const unmaps = UNMAPS.replace("0xffffffff000", "0x100000000000").replace("0x5000", "0x4000");

  test("is judged by what that leaves", () => {
    const shrinks = (result: number): ImportResult =>
      imported(`${MAPPED}
        7 enters ${SHRINKS}
        7 starts ${unmaps}
        7 gets
        7 leaves W
        7 returns mremap ${result}`);
    const right = shrinks(EFAULT);
    expect(right.divergences).toEqual([]);
    expect(right.unjudged).toEqual({});
    expect(right.compared.syscalls).toBe(3);
    expect(shrinks(-22).divergences).toMatchObject([{ line: 16, kind: "ops" }]);
  });
});
