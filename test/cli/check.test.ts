import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

interface Result {
  readonly scenario: string;
  readonly variant: string;
  readonly verdict: string;
  readonly profile: string;
  readonly stopped: string | null;
  readonly states: number;
  readonly unreached: readonly { readonly step: string }[];
  readonly assumes: Readonly<Record<string, unknown>>;
  readonly asDeclared: boolean | null;
  readonly violations: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly events: number;
    readonly trace: string | null;
  }[];
}

const cwd = emptyFolder();

describe.concurrent("faultline check", () => {
  it("explores the flagship: buggy breaks a rule of memory safety, fixed is clean, and that is as it should be", async () => {
    const { code, stdout, stderr } = await faultline(["check", "--json"], cwd);
    const { results } = JSON.parse(stdout) as { readonly results: readonly Result[] };
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(results.map(({ variant, verdict, asDeclared }) => [variant, verdict, asDeclared])).toEqual([
      ["buggy", "violation", true],
      ["fixed", "clean", true],
    ]);
    expect(results[0]!.violations[0]).toMatchObject({
      severity: "S0",
      trace: "faultline-out/G02-buggy-VMA-LIVE.fltrace",
    });
    expect(results[1]!.unreached.map(({ step }) => step)).not.toContain("vma_lookup");
    expect(readdirSync(join(cwd, "faultline-out"))).toContain("G02-buggy-VMA-LIVE.fltrace");
  });

  it("prints the fields that scripts rely on", async () => {
    const { results } = await json<{ results: Result[] }>(["check", "G02", "--variant", "buggy"], cwd);
    expect(results[0]).toMatchObject({
      scenario: "G02",
      variant: "buggy",
      profile: "linux-6.6",
      engine: "states",
      verdict: "violation",
      states: expect.any(Number) as number,
      transitions: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
      assumes: {
        memoryModel: "sequential consistency",
        profile: "linux-6.6",
        rwsem: "fair",
        bounds: {},
        injectedFailures: "none",
        collisionLog2: expect.any(Number) as number,
      },
      unreached: expect.any(Array) as unknown[],
    });
    expect(Object.keys(results[0]!.violations[0]!)).toEqual(
      expect.arrayContaining(["rule", "severity", "message", "events", "switches", "minimal", "trace"]),
    );
  });

  it.each([
    { args: ["G02", "--variant", "buggy"], code: 1, why: "a violation was found" },
    { args: ["G02", "--variant", "fixed"], code: 0, why: "no ordering breaks a rule" },
    { args: ["binder-shrink-downgraded-munmap", "--variant", "fixed"], code: 0, why: "a slug is a name too" },
    { args: ["g02", "--variant", "fixed"], code: 0, why: "letters may be small" },
    { args: ["G02", "G01"], code: 1, why: "several scenarios, all variants" },
    { args: ["G02", "--variant", "fixed", "--max-states", "20"], code: 3, why: "the budget ended first" },
    { args: ["--max-states", "20"], code: 3, why: "so it did for the flagship" },
    { args: ["G02", "--variant", "fixed", "--max-states", "20", "--bisect-run"], code: 125, why: "for git bisect run" },
    { args: ["G99", "--bisect-run"], code: 125, why: "bad input too" },
    { args: ["G02", "--variant", "buggy", "--bisect-run"], code: 1, why: "a violation stays one" },
  ])("$args exits with $code: $why", async ({ args, code }) => {
    expect((await faultline(["check", ...args, "--quiet"], cwd)).code).toBe(code);
  });

  it("says what cut it short", async () => {
    const args = ["check", "G02", "--variant", "fixed", "--max-states", "20"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    expect(results[0]).toMatchObject({ verdict: "inconclusive", assumes: { bounds: { states: 20 } } });
    expect(results[0]!.stopped).toContain("20 states");
  });

  it("gives the same verdict with every reduction off", async () => {
    const args = ["check", "G02", "--no-persistent-sets", "--no-memo", "--full-keys"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    expect(results.map(({ verdict }) => verdict)).toEqual(["violation", "clean"]);
    expect(results[0]!.assumes["collisionLog2"]).toBeNull();
    expect(results[0]!.violations[0]).toMatchObject({ rule: "VMA-LIVE", events: 21 });
  });

  it("explores under another kernel: without the downgrade the race is gone", async () => {
    const args = ["check", "G02", "--variant", "buggy", "--profile", "linux-4.19"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    expect(results[0]).toMatchObject({ verdict: "clean", profile: "linux-4.19" });
  });

  it("prints the verdicts and nothing else with --quiet", async () => {
    const { stdout } = await faultline(["check", "--quiet"], cwd);
    expect(stdout).toBe(
      "G02 buggy  VIOLATION  VMA-LIVE, S0 memory safety\nG02 fixed  CLEAN  no ordering breaks a rule\n",
    );
  });

  it("names a trace by its step too where findings share a rule", async () => {
    const { results } = await json<{ results: Result[] }>(["check", "G03", "--variant", "buggy"], cwd);
    const traces = results[0]!.violations.map(({ trace }) => trace);
    expect(new Set(traces).size).toBe(traces.length);
    expect(traces).toContain("faultline-out/G03-buggy-VMA-LIVE-vm_insert_page.fltrace");
  });
});

describe("faultline gallery", () => {
  it("shows every entry with its variants", async () => {
    const { entries } = await json<{ entries: Readonly<Record<string, unknown>>[] }>(["gallery"], cwd);
    expect(entries.map(({ id }) => id)).toEqual(expect.arrayContaining(["G01", "G02", "G03", "G05", "G08"]));
    for (const { slug, buggy, fixed } of entries) {
      expect([slug, (buggy as Result).verdict, (fixed as Result).verdict]).toEqual([slug, "violation", "clean"]);
    }
  });

  it("takes a filter", async () => {
    const { entries } = await json<{ entries: { id: string }[] }>(["gallery", "SHRINK-down"], cwd);
    expect(entries.map(({ id }) => id)).toEqual(["G02"]);
  });
});
