import { readdirSync, writeFileSync } from "node:fs";
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

/** A scenario whose one thread tries for ever to get a lock that it holds. */
const endless = `
import { scenario } from "@faultline/interleave";
export default scenario({
  title: "tries for ever",
  profile: "linux-6.12",
  variants: { only: {} },
  setup: () => null,
  threads: () => ({
    *spinner(k) {
      yield* k.mutexLock("m");
      yield* k.loop(null, function* () {
        return (yield* k.mutexTrylock("m")) ? { done: null } : { again: null };
      });
    },
  }),
});
`;

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

describe.concurrent("faultline check --engine classes", () => {
  it("takes one run per class, as many as --count counts", async () => {
    const { results } = await json<{ results: (Result & { runs: number; classes: string })[] }>(
      ["check", "G02", "--engine", "classes", "--count"],
      cwd,
    );
    expect(results.map(({ verdict }) => verdict)).toEqual(["violation", "clean"]);
    for (const result of results) {
      expect(result).toMatchObject({ engine: "classes", states: null, blocked: 0, stopped: null });
      expect(result.classes).toBe(String(result.runs));
    }
    expect(results[0]!.violations[0]).toMatchObject({ rule: "VMA-LIVE", events: 21, minimal: true });
  });

  it("says that it cannot take a program without an end", async () => {
    writeFileSync(join(cwd, "endless.ts"), endless);
    const args = ["check", "./endless.ts", "--engine", "classes", "--count"];
    const { code, stdout } = await faultline([...args, "--json"], cwd);
    expect(code).toBe(3);
    const { results } = JSON.parse(stdout) as { readonly results: readonly Readonly<Record<string, unknown>>[] };
    expect(results[0]).toMatchObject({ verdict: "inconclusive", interleavings: null, classes: null });
    expect(results[0]!["stopped"]).toContain("endless runs");
    expect(results[0]!["uncounted"]).toContain("endless runs");
  });
});

describe.concurrent("faultline check --engine random", () => {
  const drawn = ["check", "G02", "--variant", "buggy", "--engine", "random"];
  interface Drawn extends Result {
    readonly violations: (Result["violations"][number] & { readonly seed: number; readonly schedule: string })[];
  }

  it("says what it drew, and what that promises", async () => {
    const { results } = await json<{ results: Drawn[] }>([...drawn, "--runs", "300", "--depth", "2"], cwd);
    expect(results[0]).toMatchObject({
      engine: "random",
      verdict: "violation",
      runs: 300,
      cut: 0,
      seed: 1,
      strategy: "pct",
      classesSeen: expect.any(Number) as number,
      states: expect.any(Number) as number,
      bound: { depth: 2, threads: 2, steps: expect.any(Number) as number, chance: expect.any(Number) as number },
    });
  });

  it("draws a finding's run again by its seed alone, and records it by its schedule", async () => {
    const first = await json<{ results: Drawn[] }>([...drawn, "--runs", "300", "--seed", "7"], cwd);
    const [found] = first.results[0]!.violations;
    const again = await json<{ results: Drawn[] }>([...drawn, "--runs", "1", "--seed", String(found!.seed)], cwd);
    expect(again.results[0]!.violations).toContainEqual({ ...found, trace: expect.any(String) as string });
    const record = ["record", "G02", "--variant", "buggy", "--schedule", found!.schedule, "--out", "drawn.fltrace"];
    const { violations } = await json<{ violations: { rule: string }[] }>(record, cwd);
    expect(violations.map(({ rule }) => rule)).toContain(found!.rule);
  });

  it("never says clean, and exits as one that found nothing", async () => {
    const args = ["check", "G02", "--variant", "fixed", "--engine", "random", "--strategy", "walk", "--runs", "50"];
    const { code, stdout } = await faultline([...args, "--quiet"], cwd);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "G02 fixed  SAMPLED  no rule was broken in the runs that were drawn\n",
    });
  });

  it("leaves open what it was to find and did not", async () => {
    const { code, stdout } = await faultline(["check", "--engine", "random", "--runs", "1"], cwd);
    expect(code).toBe(3);
    expect(stdout).toContain("G02 buggy: not as declared: no run of the random engine broke a rule");
  });
});

describe("faultline check --count", () => {
  it("gives decimal strings, the form of rwsem they are for, and what puts have to do with them", async () => {
    const { results } = await json<{ results: Result[] }>(["check", "G02", "--variant", "fixed", "--count"], cwd);
    expect(results[0]).toMatchObject({
      engine: "states",
      interleavings: expect.stringMatching(/^\d+$/) as string,
      classes: "9",
      countedRwsem: "fair",
      puts: { steps: ["mmput", "mmput_async"], last: false },
      classesWithoutTest: "9",
    });
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
