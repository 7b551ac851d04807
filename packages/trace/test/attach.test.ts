import { apply, createKernel, kernelMachine, mmAlloc, profile, runAlone, Table } from "@faultline/mm";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { liveFileSink, openTrace, Recorder, replay } from "../src/index.ts";

// How a program of one's own records what it does with the store.
test("a recorder attached to a user's own run gives a trace that replays", () => {
  const folder = mkdtempSync(join(tmpdir(), "faultline-attach-"));
  try {
    const path = join(folder, "mine.fltrace");
    const kernel = createKernel(profile("linux-6.1").knobs);
    const table = new Table();
    const meta = { profile: "linux-6.1", title: "a program of mine" };
    const recorder = new Recorder(liveFileSink(path, { sync: true }), { producer: "mine", meta }, table.snapshot());

    // Procedures, with nobody else about …
    const mm = runAlone(kernelMachine, table, 0, mmAlloc(), (event, transition) => recorder.record(event, transition));
    const mapping = { start: 0x1000_0000, length: 0x4000, flags: 3, ops: "", owner: "" };
    runAlone(kernelMachine, table, 0, kernel.mmap(mm, mapping), (event, transition) =>
      recorder.record(event, transition),
    );
    // … and single steps.
    const event = { task: 0, op: "mmap_read_trylock", args: [mm] };
    const transition = apply(kernelMachine, table, event);
    recorder.record(event, transition, { note: "by hand" });
    table.apply(transition.writes);
    const final = recorder.finish();

    expect(final.encode()).toBe(table.snapshot().encode());
    const trace = openTrace(path);
    expect(replay(trace, kernelMachine)).toMatchObject({ verdict: "verified", events: trace.events });
    expect(trace.event(trace.events - 1)).toMatchObject({ event, result: true, note: "by hand" });
    trace.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
