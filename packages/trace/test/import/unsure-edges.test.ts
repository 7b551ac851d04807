import { expect, test } from "vitest";
import { importFtraceLines, type ImportResult } from "../../src/index.ts";

// Made-up traces of linux-6.18 in which memory goes on where nobody knows what is there. The kernel keeps two VMAs apart
// that the model makes one: where the trace shows all that decides, that is a divergence; else the edge is taken over.

const LOCK = "mm=00000000aa00bb11 memcg_id=1";
const START = 0x1000_0000_0000;

/** Pages, counted from where the first mapping begins; those below 0 are not known. */
type Pages = readonly [from: number, to: number];

const at = (page: number): number => START + page * 4096;
const hex = (number: number): string => `0x${number.toString(16)}`;

/** A VMA is stored, named by a letter; or one is freed. */
const stores = (vma: string, [from, to]: Pages): string =>
  `ma_write: mas_store_prealloc\tNode 00 (0 1) range:${at(from)}-${at(to) - 1} piv (0) val 00000000cc00dd${vma}`;
const frees = (vma: string): string => `kmem_cache_free: call_site=x ptr=00000000cc00dd${vma} name=vm_area_struct`;

function call(name: string, text: string, result: number, changes: readonly string[], downgrades = false): string[] {
  return [
    `sys_${name}(${text})`,
    `mmap_lock_start_locking: ${LOCK} write=true`,
    `mmap_lock_acquire_returned: ${LOCK} write=true success=true`,
    ...changes,
    ...(downgrades ? [`mmap_lock_acquire_returned: ${LOCK} write=false success=true`] : []),
    `mmap_lock_released: ${LOCK} write=${!downgrades}`,
    `sys_${name} -> ${hex(result)}`,
  ];
}

const maps = ([from, to]: Pages, ...changes: string[]): string[] => {
  const text = `addr: ${hex(at(from))}, len: ${hex(at(to) - at(from))}, prot: 3, flags: 0x32, fd: 0xffffffff, off: 0`;
  return call("mmap", text, at(from), changes);
};
const unmaps = ([from, to]: Pages, ...changes: string[]): string[] =>
  call("munmap", `addr: ${hex(at(from))}, len: ${hex(at(to) - at(from))}`, 0, changes, true);
const protects = ([from, to]: Pages, ...changes: string[]): string[] =>
  call("mprotect", `start: ${hex(at(from))}, len: ${hex(at(to) - at(from))}, prot: 3`, 0, changes);

function imported(...texts: readonly (string | readonly string[])[]): ImportResult {
  const lines = texts.flat().map((text, i) => {
    // Thread 7 writes what does not say otherwise.
    const [, pid = "7", shown] = /^(?:(\d):)?(.*)$/.exec(text)!;
    return `t-${pid}   (      7) [000] ..... ${1000 + i}: ${shown}`;
  });
  return importFtraceLines(lines, { profile: "linux-6.18" });
}

function expectTakenOver({ divergences, adoptedEdges, unjudged }: ImportResult, notFollowed = 0): void {
  expect(divergences).toEqual([]);
  expect(adoptedEdges).toBe(1);
  expect(Object.values(unjudged)).toEqual(notFollowed === 0 ? [] : [notFollowed]);
}

function expectDivergence({ divergences, adoptedEdges }: ImportResult): void {
  expect(divergences).toMatchObject([{ kind: "vma", reason: expect.stringContaining("leaves") as string }]);
  expect(adoptedEdges).toBe(0);
}

const ALONE = maps([0, 4], stores("10", [0, 4]));
const APART = maps([4, 8], stores("20", [4, 8]));
/** A call that looks at memory which nobody knows: it is not followed, and has changed nothing that the trace shows. */
const NOT_FOLLOWED = protects([-1, 2]);
/** One that has changed something. */
const SPLITS = protects([-1, 2], stores("11", [0, 2]));

test("a VMA that stands alone is one with its new neighbour", () => {
  expectDivergence(imported(ALONE, APART));
  const together = imported(ALONE, maps([4, 8], stores("10", [0, 8])));
  expect(together).toMatchObject({ divergences: [], adoptedEdges: 0 });
});

test("what a call that is not followed leaves of it may go on in memory that is not known", () => {
  expectTakenOver(imported(ALONE, NOT_FOLLOWED, APART), 1);
  // Unless the trace shows that it does not.
  expectDivergence(imported(ALONE, SPLITS, APART));
});

test("so may all that has become one with that", () => {
  // What lies behind is known to be nothing.
  const empty = [...maps([8, 12], stores("30", [8, 12])), ...unmaps([8, 12], frees("30"))];
  const grows = maps([4, 8], stores("10", [2, 8]));
  const cut = unmaps([2, 5], stores("12", [5, 8]), frees("10"));
  const apart = maps([8, 12], stores("20", [8, 12]));
  expectTakenOver(imported(empty, ALONE, NOT_FOLLOWED, SPLITS, grows, cut, apart), 2);
  expectDivergence(imported(empty, ALONE, SPLITS, grows, cut, apart));
});

test("what is mapped where somebody is in a page fault since before may have an anon_vma by then", () => {
  const elsewhere = maps([40, 44], stores("40", [40, 44]));
  const faults = (page: number): string => `8:page_fault_user: address=${hex(at(page))} ip=0x1 error_code=0x6`;
  expectTakenOver(imported(elsewhere, faults(1), ALONE, APART));
  expectDivergence(imported(elsewhere, faults(9), ALONE, APART));
});
