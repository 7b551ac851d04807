import { expect, test } from "vitest";
import { ftraceLines, ImportError, importFtrace, importFtraceLines } from "../../src/index.ts";
import { readLine } from "../../src/import/line/line-parser.ts";
import type { TraceLine } from "../../src/import/line/trace-event.ts";

const EVENT = "mmap_lock_start_locking: mm=000000008b484d15 memcg_path=/ write=true";

function parsed(text: string): TraceLine {
  const read = readLine(text, 7);
  if (read.what !== "event") throw new Error(`${read.what}: ${text}`);
  return read.line;
}

test("the columns of every kind of header", () => {
  const line = parsed(`         bclient-157     (    157) [000] .....    24.604059: ${EVENT}`);
  expect(line).toMatchObject({ number: 7, comm: "bclient", pid: 157, tgid: 157, time: 24_604_059 });
  expect(line.event).toEqual({ kind: "lock_start", mm: "000000008b484d15", write: true, memcgId: false });
  expect(parsed(`   kworker/0:1-2-31   [001] d..2. 10.000001: ${EVENT}`)).toMatchObject({
    comm: "kworker/0:1-2",
    pid: 31,
  });
  expect(parsed(`           <...>-99    (-------) [001] d.... 3.000000: ${EVENT}`)).toMatchObject({
    comm: "<...>",
    pid: 99,
  });
  expect(parsed(`  a: [0] b-1 c-7 (  7) [000] ..... 1.000000: ${EVENT}`)).toMatchObject({
    comm: "a: [0] b-1 c",
    pid: 7,
  });
  expect(parsed(`            mmw-7 [000] .....  2403: ${EVENT}`)).toMatchObject({ time: 2403, tgid: undefined });
});

test("fields that newer kernels print", () => {
  const text =
    "mmw-7 [000] ..... 2403: mmap_lock_acquire_returned: mm=00000000aa00bb11 memcg_id=5 write=false success=false";
  expect(parsed(text).event).toEqual({ kind: "lock_got", mm: "00000000aa00bb11", write: false, success: false });
  const mmap =
    "mmw-7 [000] ..... 2403: sys_mmap(addr: 0x100000000000, len: 0x4000, prot: 3, flags: 0x32, fd: 0xffffffff, off: 0)";
  const args = [0x1000_0000_0000, 0x4000, 3, 0x32, 0xffff_ffff, 0];
  expect(parsed(mmap).event).toEqual({ kind: "sys_enter", name: "mmap", args });
  expect(parsed("mmw-7 [000] ..... 2403: sys_mmap -> 0xfffffffffffffff4").event).toMatchObject({ result: -12 });
});

test("trace-cmd's columns, with the instance or without, become ftrace's text", () => {
  const head = "mmr.10909:           mmw:a-0-10912 [001]  2154.296850865: ";
  expect(parsed(`${head}page_fault_user:      address=0x7f00 ip=0x1 error_code=0x6`)).toMatchObject({
    comm: "mmw:a-0",
    pid: 10_912,
    tgid: undefined,
    time: 2_154_296_850_865,
    event: { kind: "fault", address: 0x7f00, write: true },
  });
  const entry = "mmw-7 [001]  2154.296850865: sys_enter_munmap:     addr: 0x10000000a000, len: 0x00006000";
  expect(parsed(entry).event).toEqual({ kind: "sys_enter", name: "munmap", args: [0x1000_0000_a000, 0x6000] });
  const exit = "mmw-7 [001]  2154.296850865: sys_exit_munmap:      0xfffffffffffffff4";
  expect(parsed(exit).event).toEqual({ kind: "sys_exit", name: "munmap", result: -12 });
  const mark = "mmw-7 [001]  2154.296850865: print:                tracing_mark_write: PHASE 0 start";
  expect(parsed(mark).event).toEqual({ kind: "phase", name: "0 start" });
  const store =
    "mmw-7 [001]  2.296850865: ma_write:             [FAILED TO PARSE] fn=0xffffffff825218d0 min=0x0 max=0x7ff index=0x1000 last=0x1fff piv=0x0 val=0xffff88814206 node=0xffff8";
  expect(parsed(store).event).toMatchObject({ kind: "store", start: 0x1000, end: 0x2000, erase: false });
});

test("what does not parse is unknown, whatever is wrong", () => {
  const head = "b-1-157 ( 157) [000] ..... 24.604059: ";
  for (const text of [
    "no trace line at all",
    head,
    `${head}rss_stat: mm_id=1 curr=1`,
    `${head}rss_stat: mm_id=1 curr=1 type=MM_OTHER size=4096B`,
    `${head}kmem_cache_free: call_site=x ptr=zz name=vm_area_struct`,
    `${head}sys_mmap(addr: 0, len: 1)`,
    `${head}sys_frobnicate(addr: 0)`,
    `${head}signal_deliver: sig=x`,
    "7 1795384591.744097 mmap(NULL, 8192)",
    `${head}mmap_lock_start_locking: mm=zz memcg_path=/ write=true`,
    `${head}mmap_lock_start_locking: mm=000000008b484d15 memcg_path=/ write=maybe`,
    `${head}page_fault_user: address=0xffffffffffffffff ip=0x1 error_code=0x7`,
    `${head}ma_write: mas_store\tNode 00 (0 1) range:5-1 piv (0) val 00000001`,
    `${head}ma_write: mas_fancy\tNode 00 (0 1) range:1-5 piv (0) val 00000001`,
    `${head}insert_page: (vm_insert_page+0x0/0x170) vma=0xff11000005f4ec78`,
    `${head}binder_update_page_range: proc=158 allocate=1 offset=1 size=4096`,
    `${head}tracing_mark_write: PAGES server pid=1 base=0x1000 n=99999999 present=0x1`,
    `${head}sys_mmap -> 0x8000000000000000`,
    head.replace("24.604059", "24.60") + EVENT,
    head.replace("24.604059", "99999999999999999999") + EVENT,
    head.replace("157", "99999999999") + EVENT,
    head.replace("[000]", "[x]") + EVENT,
    "constructor: x",
    `${head}constructor: x`,
    `${head}toString: x`,
  ]) {
    expect(readLine(text, 1).what, text).toBe("unknown");
  }
  expect(readLine("", 1).what).toBe("blank");
  expect(readLine("# tracer: nop", 1).what).toBe("blank");
  expect(readLine("##### CPU 1 buffer started ####", 1).what).toBe("started");
  expect(readLine("# entries-in-buffer/entries-written: 878/4822   #P:2", 1)).toEqual({
    what: "entries",
    overwritten: 3944,
  });
  expect(readLine("CPU:1 [LOST 1124 EVENTS]", 1)).toEqual({ what: "lost", events: 1124 });
});

test("unknown lines are counted and shown with their numbers", () => {
  const good = `b-157 ( 157) [000] ..... 24.604059: ${EVENT}`;
  const result = importFtraceLines(["# tracer: nop", "", "junk", good, "more junk \u0000\u0001"]);
  expect(result).toMatchObject({ lines: 5, unknown: 2 });
  expect(result.unknownLines).toEqual([
    { line: 3, text: "junk" },
    { line: 5, text: "more junk \u0000\u0001" },
  ]);
});

test("what is no ftrace text is an error with a code", async () => {
  const code = (lines: Iterable<string>): unknown => {
    try {
      return importFtraceLines(lines);
    } catch (error) {
      return error instanceof ImportError ? error.code : error;
    }
  };
  expect(code([])).toBe("E_IMPORT_FORMAT");
  expect(code(["\u0000\u0001\u0002", "PK\u0003\u0004"])).toBe("E_IMPORT_FORMAT");
  expect(code(["x".repeat(100_000)])).toBe("E_IMPORT_LIMIT");
  expect(code(["# tracer: nop", "#"])).toMatchObject({ events: 0, divergences: [] });
  function* endless(): Generator<string> {
    for (;;) yield "junk";
  }
  expect(code(endless())).toBe("E_IMPORT_FORMAT");
  expect(() => importFtraceLines([`b-157 [000] ..... 1: ${EVENT}`], { profile: "linux-1.0" })).toThrow(
    /no kernel profile/,
  );
  async function* broken(): AsyncGenerator<string> {
    yield `b-157 [000] ..... 1: ${EVENT}`;
    throw new Error("disk on fire");
  }
  await expect(importFtrace(broken())).rejects.toMatchObject({ code: "E_IMPORT_READ" });
});

test("bytes become lines, and a line without end is refused before it fills the memory", async () => {
  const bytes = new TextEncoder().encode("one\ntwo\r\nüber\nlast");
  const lines: string[] = [];
  for await (const line of ftraceLines([bytes.subarray(0, 12), bytes.subarray(12, 13), bytes.subarray(13)]))
    lines.push(line);
  expect(lines).toEqual(["one", "two\r", "über", "last"]);
  let chunks = 0;
  function* huge(): Generator<Uint8Array> {
    for (; chunks < 1_000_000; chunks++) yield new Uint8Array(4096).fill(65);
  }
  const read = async (): Promise<void> => {
    for await (const _ of ftraceLines(huge())) expect.unreachable();
  };
  await expect(read()).rejects.toMatchObject({ code: "E_IMPORT_LIMIT" });
  expect(chunks).toBeLessThan(16);
});

test("absurd values neither crash nor hang", () => {
  const head = (pid: number): string => `b-${pid} ( ${pid}) [000] ..... 24.604059: `;
  const lock = (event: string): string => `${head(7)}mmap_lock_${event}: mm=00000000aa00bb11 memcg_path=/ write=true`;
  const big = "9007199254740991";
  const result = importFtraceLines([
    lock("start_locking"),
    `${lock("acquire_returned")} success=true`,
    `${head(7)}ma_write: mas_store_prealloc\tNode 00 (0 1) range:0-${big.slice(0, -1)} piv (0) val 00000001`,
    `${head(7)}zap_single: (x) vma=0xff11000005f4ec78 addr=0x0 size=0x1fffffffffffff`,
    lock("released"),
    `${head(7)}sys_mmap(addr: 0, len: 1fffffffffffff, prot: 3, flags: 22, fd: ffffffff, off: 0)`,
    `${head(7)}sys_mmap -> 0x1fffffffffffff`,
    `${head(7)}sys_munmap(addr: 1000, len: 1fffffffffffff)`,
    `${head(7)}page_fault_user: address=0x1fffffffffffff ip=0x1 error_code=0x6`,
    `${head(7)}mm_shrink_slab_start: binder_shrink_scan+0x0/0xd0 0: nid: 0 total_scan ${big} priority 0`,
    `${head(7)}free_page_ret: (x) status=1`,
    `${head(7)}binder_update_page_range: proc=7 allocate=1 offset=0 size=4096`,
    `${head(7)}task_newtask: pid=7 comm=x clone_flags=100 oom_score_adj=0`,
    `${head(7)}exit_mmap: mt_mod 00000000aa00bb11, DESTROY`,
    `${head(7)}mmput_async: (x) mm=0xff11000005f4ec78`,
    `${head(7)}sched_process_exit: comm=x pid=7 prio=120`,
  ]);
  expect(result.lines).toBe(16);
});
