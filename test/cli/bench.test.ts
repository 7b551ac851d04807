import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

interface Row {
  readonly name: string;
  readonly states: number;
  readonly finished: boolean;
  readonly seconds: number;
  readonly exploring: number;
  readonly bytes: number;
  readonly peer?: { readonly finished: boolean; readonly reason: string | null };
}

const cwd = emptyFolder();
const bench = async (...args: string[]): Promise<readonly Row[]> =>
  (await json<{ rows: readonly Row[] }>(["bench", "--no-peer", ...args], cwd)).rows;

describe("faultline bench", () => {
  it("measures one cell in a process of its own", async () => {
    const [row, ...rest] = await bench("--n", "2", "--p", "2", "--no-reduction");
    expect(rest).toEqual([]);
    expect(row).toMatchObject({ name: "N=2 P=2, no reduction", n: 2, p: 2, vmaLock: false, states: 18_481 });
    expect(row!.seconds).toBeGreaterThan(row!.exploring);
    // Node alone takes more.
    expect(row!.bytes).toBeGreaterThan(20e6);
    expect(row).not.toHaveProperty("peer");
  });

  it("picks a row of the table", async () => {
    const rows = await bench("--n", "1", "--vma-lock");
    expect(rows.map(({ name }) => name)).toEqual(["N=1 P=1, VMA lock", "N=1 P=2, VMA lock", "N=1 P=3, VMA lock"]);
    expect(rows.every(({ finished }) => finished)).toBe(true);
  });

  it("says that a cell is not finished", async () => {
    const [row] = await bench("--n", "5", "--p", "3", "--no-reduction", "--max-seconds", "0.2");
    expect(row).toMatchObject({ finished: false, stopped: "not in 0.2 s" });
    const { stdout, code } = await faultline(
      ["bench", "--no-peer", "--n", "5", "--p", "3", "--no-reduction", "--max-seconds", "0.2"],
      cwd,
    );
    expect(stdout).toMatch(/N=5 P=3, no reduction: Faultline stopped: not in 0\.2 s/);
    expect(code).toBe(0);
  });
});

interface TraceRow {
  readonly name: string;
  readonly seconds: number;
  readonly eventsPerSecond: number | null;
  readonly peak: number;
  readonly right: boolean;
  readonly worst?: number;
  readonly probes?: number;
}

describe("faultline bench traces", () => {
  it("records, decodes, replays, seeks and bisects, each in a process of its own", async () => {
    const args = ["bench", "traces", "--events", "30000", "--seeks", "20"];
    const found = await json<{ events: number; bytesPerEvent: number; rows: readonly TraceRow[] }>(args, cwd);
    expect(found.events).toBe(30_000);
    expect(found.bytesPerEvent).toBeLessThan(4);
    expect(found.rows.map(({ name }) => name)).toEqual(["record", "decode", "replay", "seek", "bisect"]);
    for (const { right, seconds } of found.rows) expect([right, seconds > 0]).toEqual([true, true]);
    const [, decode, replay, seek, bisect] = found.rows;
    expect(decode!.eventsPerSecond).toBeGreaterThan(replay!.eventsPerSecond!);
    expect(seek!.worst).toBeGreaterThan(0);
    expect(bisect!.probes).toBeLessThanOrEqual(Math.log2(30_000) + 2);
  });

  it("replays a long trace in the memory of a short one", async () => {
    const peak = async (events: number): Promise<number> => {
      const { rows } = await json<{ rows: readonly TraceRow[] }>(["bench", "traces", "--events", String(events)], cwd);
      return rows.find(({ name }) => name === "replay")!.peak;
    };
    expect(await peak(300_000)).toBeLessThan(1.6 * (await peak(30_000)));
  });

  it("measures a trace that is there", async () => {
    const trace = new URL("../../traces/long/churn.fltrace", import.meta.url).pathname;
    const { stdout, code } = await faultline(["bench", "traces", "--trace", trace, "--seeks", "5"], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^20,000 events, /);
    expect(stdout).not.toContain("record ");
  });
});

describe("faultline bench traces of a capture", () => {
  it("imports it, records what it gives, and goes on with that", async () => {
    const capture = new URL("../captures/race-counter.trace.gz", import.meta.url).pathname;
    const found = await json<{ events: number; lines: number; bytesPerLine: number; rows: readonly TraceRow[] }>(
      ["bench", "traces", "--capture", capture, "--seeks", "5", "--repeat", "2"],
      cwd,
    );
    expect(found.rows.map(({ name }) => name)).toEqual([
      "import",
      "import --out",
      "decode",
      "replay",
      "seek",
      "bisect",
    ]);
    expect(found.rows.every(({ right }) => right)).toBe(true);
    expect(found.lines).toBeGreaterThan(1_000);
    expect(found.bytesPerLine).toBeGreaterThan(1);
  });

  it("refuses one that is not there", async () => {
    const { stderr, code } = await faultline(["bench", "traces", "--capture", "nowhere.trace"], cwd);
    expect(code).toBe(2);
    expect(stderr).toContain("nowhere.trace");
    expect(stderr).not.toContain("    at ");
  });
});

describe("faultline bench calls", () => {
  it("does lists of the generator's in a warm model process", async () => {
    const found = await json<Record<string, number>>(["bench", "calls", "--operations", "20000"], cwd);
    expect(found).toMatchObject({ profile: "linux-6.18", pages: 64 });
    expect(found["operations"]).toBeGreaterThanOrEqual(20_000);
    expect(found["events"]).toBeGreaterThan(5);
    const rate = found["operations"]! / found["seconds"]!;
    expect(found["operationsPerSecond"]! / rate).toBeCloseTo(1, 2);
  });
});
