import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

// Page faults on a kernel with per-VMA locks, where most show no lock line.

const lines = capture("binder-6.12");
const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));

/** b-server maps its second thread's stack, write-protects its guard page, and writes to the rest for the first time. */
const firstWrite = at(/b-server-210 .*page_fault_user: address=0x7fcec4e38d58 /);
/** Its second thread starts. */
const thread = at(/task_newtask: pid=211 /);

test("a fresh anonymous mapping's first write needs mmap_lock", () => {
  const [first] = importFtraceLines(lines.toSpliced(firstWrite + 1, 3)).divergences;
  expect(first).toMatchObject({ line: firstWrite + 2, kind: "ops" });
  expect(first!.reason).toContain("expects mmap_read_trylock");
});

test("its first read maps the zero page, without", () => {
  const read = lines[firstWrite]!.replace("error_code=0x6", "error_code=0x4");
  const again = [read, ...lines.slice(firstWrite, firstWrite + 4)];
  expect(importFtraceLines(lines.toSpliced(firstWrite, 4, ...again)).divergences).toEqual([]);
});

const main = (text: string): string => `        b-server-210     (    210) [000] .....    29.073900: ${text}`;
const other = (text: string): string => `        b-server-211     (    210) [001] .....    29.073900: ${text}`;
const lock = (what: string): string => main(`mmap_lock_${what}: mm=00000000d1dcc306 memcg_path=/ write=true`);
const change = [
  lock("start_locking"),
  `${lock("acquire_returned")} success=true`,
  lines[at(/b-server-210 .*mas_store_prealloc.*range:140526034845696-140526034849791/)]!.replace(
    "140526034845696-140526034849791",
    "140526034849792-140526034853887",
  ),
];
const faults = ["0x7fcec4e38d58", "0x7fcec463a010", "0x7fcec463a020"].map((address) =>
  other(`page_fault_user: address=${address} ip=0x414666 error_code=0x6`),
);

test("a fault goes on when the writer may have let go of the VMA", () => {
  const after = [...change, lock("released"), ...faults];
  expect(importFtraceLines([...lines.slice(0, thread + 1), ...after]).divergences).toEqual([]);
});

test("a fault does not go on in a VMA that a writer has", () => {
  const inside = [...change, ...faults, lock("released")];
  const [first] = importFtraceLines([...lines.slice(0, thread + 1), ...inside]).divergences;
  expect(first).toMatchObject({ line: thread + 1 + change.length + 2, kind: "ops" });
  expect(first!.reason).toContain("goes on although it has to wait");
});
