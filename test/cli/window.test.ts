import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, faultline, json, root } from "./helpers/faultline.ts";
import { expectGolden } from "./helpers/golden.ts";

const cwd = emptyFolder();

beforeAll(async () => {
  for (const name of ["binder-6.1.txt", "binder-6.12.txt"]) {
    copyFileSync(join(root, "test/captures", name), join(cwd, name));
  }
  await faultline(["record", "G02", "--variant", "fixed", "--seed", "3", "--out", "run.fltrace"], cwd);
  await faultline(["import", "binder-6.12.txt", "--out", "binder-6.12.fltrace"], cwd);
});

const scans = {
  "6.1": ["check", "--from", "binder-6.1.txt", "--lines", "1700..1760"],
  "6.12": ["check", "--from", "binder-6.12.txt", "--lines", "1570..1626"],
};

interface Windowed {
  readonly results: readonly {
    readonly verdict: string;
    readonly unreached: readonly { readonly step: string }[];
    readonly violations: readonly { readonly rule: string; readonly step: string; readonly trace: string }[];
    readonly window: {
      readonly steps: number;
      readonly reached: number;
      readonly recorded: { readonly profile: string; readonly generation: string };
      readonly held: readonly { readonly step: string; readonly recorded: unknown }[];
      readonly threads: readonly { readonly name: string; readonly calls: readonly { readonly name: string }[] }[];
    };
  }[];
}

// What two kernels did when binder's shrinker met munmap, and what else they could have done.
describe.concurrent("the last scans and the munmap of the binder captures", () => {
  it.each([
    ["window-6.1", [...scans["6.1"]]],
    ["window-6.12-stashed", [...scans["6.12"], "--generation", "before-3f489c2067c5"]],
    ["window-6.1-stashed", [...scans["6.1"], "--generation", "before-3f489c2067c5"]],
    ["window-6.1-before-lock", [...scans["6.1"], "--generation", "before-5cec2d2e5839"]],
  ])("%s", async (name, args) => {
    expectGolden(name, (await faultline([...args, "--out", name], cwd)).stdout);
  });

  it.each([
    { kernel: "6.1", args: [] },
    { kernel: "6.12", args: [] },
    { kernel: "6.1", args: ["--generation", "before-3f489c2067c5"] },
    { kernel: "6.1", args: ["--profile", "linux-6.12"] },
  ] as const)("$kernel $args is clean", async ({ kernel, args }) => {
    const { results } = await json<Windowed>([...scans[kernel], ...args, "--out", "clean"], cwd);
    expect(results.map(({ verdict }) => verdict)).toEqual(["clean"]);
    const { window } = results[0]!;
    expect(window.recorded).toEqual({ profile: `linux-${kernel}`, generation: kernel });
    if (args.length === 0) expect(window.reached).toBe(window.steps);
    expect(window.steps).toBeGreaterThan(100);
  });

  it.each([
    { kernel: "6.12", args: ["--generation", "before-3f489c2067c5"] },
    { kernel: "6.12", args: ["--generation", "reclaimVma=stash"] },
    { kernel: "6.1", args: ["--generation", "before-5cec2d2e5839"] },
    { kernel: "6.1", args: ["--generation", "before-3f489c2067c5", "--knob", "munmapDowngrade=always"] },
  ] as const)("$kernel $args breaks VMA-LIVE in the shrinker's zap", async ({ kernel, args }) => {
    const out = ["out", kernel, ...args].join("-").replace(/[^\w-]/g, "_");
    const { results } = await json<Windowed>([...scans[kernel], ...args, "--out", out], cwd);
    const [{ violations }] = results as [Windowed["results"][number]];
    expect(violations.map(({ rule, step }) => [rule, step])).toEqual([["VMA-LIVE", "zap_page_range_single"]]);
    expect((await faultline(["replay", violations[0]!.trace], cwd)).code).toBe(0);
  });

  it("tells why the munmap of 6.1 is safe with a stashed VMA: it never downgraded", async () => {
    const { results } = await json<Windowed>(
      [...scans["6.1"], "--generation", "before-3f489c2067c5", "--out", "why"],
      cwd,
    );
    const [{ window, unreached }] = results as [Windowed["results"][number]];
    expect(unreached.map(({ step }) => step)).toContain("mmap_write_downgrade");
    expect(window.held.filter(({ step }) => step === "can_downgrade")).toMatchObject([{ recorded: false }]);
  });
});

describe.concurrent("windows of Faultline's own traces", () => {
  it("gives the same answer for the imported trace as for its text", async () => {
    const [text, own] = await Promise.all([
      json<Windowed>([...scans["6.12"], "--out", "a"], cwd),
      json<Windowed>(["check", "--from", "binder-6.12.fltrace", "--lines", "1570..1626", "--out", "a"], cwd),
    ]);
    expect(own.results[0]!.window.threads).toEqual(text.results[0]!.window.threads);
    expect(own.results[0]!.verdict).toBe("clean");
  });

  it.each(["0..37", "5..12", "20..21"])(
    "recognises the calls of a recorded scenario, from events %s",
    async (window) => {
      const { results } = await json<Windowed>(["check", "--from", "run.fltrace", "--window", window], cwd);
      expect(results[0]!.verdict).toBe("clean");
      const calls = results[0]!.window.threads.flatMap((thread) => thread.calls.map(({ name }) => name));
      expect(["munmap", "binder_shrink_scan"]).toEqual(expect.arrayContaining(calls));
    },
  );
});

describe.concurrent("a window that is mistyped gives one clear message", () => {
  it.each([
    { args: ["--from", "run.fltrace"], says: "E_USAGE: say which part of the trace" },
    { args: ["--from", "run.fltrace", "--window", "3..4", "--lines", "3..4"], says: "E_USAGE: say which part" },
    { args: ["--from", "run.fltrace", "--window", "9..3"], says: "E_USAGE: --window takes two numbers" },
    { args: ["--from", "run.fltrace", "--window", "3-9"], says: "E_USAGE: --window takes two numbers" },
    { args: ["--from", "run.fltrace", "--window", "0..99"], says: "E_TRACE_RANGE: run.fltrace has 38 events" },
    { args: ["--from", "run.fltrace", "--lines", "1..9"], says: "its events come from no lines: use --window" },
    { args: ["--from", "binder-6.1.txt", "--lines", "9000..9001"], says: "they go up to line 1914" },
    { args: ["--from", "missing.fltrace", "--window", "0..9"], says: "E_TRACE_READ: cannot read" },
    { args: ["--from", "run.fltrace", "--window", "0..9", "--knob", "munmapDowngrad=always"], says: "Did you mean" },
    { args: ["--from", "run.fltrace", "--window", "0..9", "--knob", "munmapDowngrade=often"], says: "cannot be often" },
    { args: ["--from", "run.fltrace", "--window", "0..9", "--knob", "mseal"], says: "E_KNOB: the knob mseal has no" },
    {
      args: ["--from", "run.fltrace", "--window", "0..9", "--generation", "6.13"],
      says: "E_GENERATION: no generation",
    },
    { args: ["--from", "run.fltrace", "--window", "0..9", "--profile", "linux-9"], says: "E_PROFILE" },
    { args: ["--from", "run.fltrace", "--window", "0..9", "--ablate"], says: "E_USAGE: --ablate goes with a scenario" },
    { args: ["G02", "--from", "run.fltrace", "--window", "0..9"], says: "E_USAGE: --from takes the place of" },
    { args: ["G02", "--window", "0..9"], says: "E_USAGE: --window goes with --from" },
  ])("$args", async ({ args, says }) => {
    const { code, stderr, stdout } = await faultline(["check", ...args], cwd);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
