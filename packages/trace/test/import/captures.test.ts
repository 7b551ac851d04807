import { kernelMachine } from "@faultline/mm";
import { expect, test } from "vitest";
import {
  decodeTrace,
  IGNORED,
  importFtrace,
  importFtraceLines,
  MemorySink,
  Recorder,
  replay,
} from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

const captures = ["binder-6.1", "binder-6.12", "binder-6.1-full", "binder-6.12-full"] as const;

for (const name of captures) {
  test(`${name} is what the model does`, () => {
    const lines = capture(name);
    const result = importFtraceLines(lines);
    expect(result.divergences).toEqual([]);
    expect(result.unknownLines).toEqual([]);
    expect(result).toMatchObject({ lines: lines.length, unknown: 0, lost: 0, ops: "match", divergenceCount: 0 });
    expect(result.profile).toBe(name.startsWith("binder-6.12") ? "linux-6.12" : "linux-6.1");
    expect(Object.keys(result.ignoredKinds).filter((kind) => !IGNORED.has(kind))).toEqual([]);

    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    const { compared } = result;
    console.log(name, `${result.events} events,`, JSON.stringify(compared));
    expect(compared.bitmaps).toBe(14);
    expect(result.phases.map(({ pages }) => pages)).toEqual(Array<string>(14).fill("match"));
    expect(compared.maps).toBe(count(/ MAPS /));
    expect(result.phases.filter(({ vmas }) => vmas === "match")).toHaveLength(3);
    // Whatever the kernel wrote of these was held against the model: nothing was skipped.
    expect(compared.locks + count(/success=false/)).toBe(count(/mmap_lock_(acquire_returned|released)/));
    // Those of the driver's own lock come on top: they show as a callback that gives up.
    expect(compared.failedTrylocks).toBeGreaterThanOrEqual(count(/success=false/));
    expect(compared.inserts).toBe(count(/: insert_page(_ret)?: /));
    expect(compared.zaps).toBe(count(/: zap_(range|single): /));
    expect(compared.lruPages).toBe(
      count(/: binder_(alloc_page|alloc_lru|free_lru|unmap_user)_start: |: binder_unmap_user_end: /),
    );
    expect(compared.shrinkerStatuses).toBe(count(/: free_page_ret: |: mm_shrink_slab_end: binder_shrink_scan/));
    expect(compared.syscalls).toBe(count(/: sys_munmap -> /));
    expect(result.unjudged).toEqual({ "the kernel chose the address": count(/: sys_mmap -> /) });
    expect(compared.areas).toBe(count(/: ma_write: mas_store(_prealloc)?\t/));
    expect(compared.downgrades).toBe(count(/: sys_munmap\(/) - (name.startsWith("binder-6.12") ? 0 : 1));
  });

  test(`what ${name} gave rise to replays by itself`, () => {
    const sink = new MemorySink();
    let recorder: Recorder | undefined;
    const result = importFtraceLines(capture(name), {
      onStart: (initial) => {
        recorder = new Recorder(sink, { producer: "test", meta: { clock: "us" } }, initial);
      },
      onEvent: (event, transition, line, time) => {
        recorder!.record(event, transition, { line, time });
      },
    });
    recorder!.finish();
    const trace = decodeTrace(sink.bytes());
    expect(trace.events).toBe(result.events);
    const verified = replay(trace, kernelMachine);
    expect(verified.divergence).toBeUndefined();
    expect(verified).toMatchObject({ verdict: "verified", events: result.events, violations: [] });
  });
}

test("a pipe gives the same as a list", async () => {
  const lines = capture("binder-6.1");
  async function* pipe(): AsyncGenerator<string> {
    yield* lines;
  }
  expect(await importFtrace(pipe())).toEqual(await importFtrace(lines));
});

test("the other kernel's model refuses a capture", () => {
  const wrong = importFtraceLines(capture("binder-6.1"), { profile: "linux-6.12" });
  expect(wrong.divergenceCount).toBeGreaterThan(0);
  expect(importFtraceLines(capture("binder-6.12"), { profile: "linux-6.1" }).divergenceCount).toBeGreaterThan(0);
});

test("a short look ahead is enough for most", () => {
  const result = importFtraceLines(capture("binder-6.1"), { profile: "linux-6.1", lookAhead: 512 });
  expect(result.divergences).toEqual([]);
});
