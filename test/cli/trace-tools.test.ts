import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bin, emptyFolder, faultline, type Finished, json, root } from "./helpers/faultline.ts";
import { expectGolden } from "./helpers/golden.ts";

const cwd = emptyFolder();
const trace = "buggy.fltrace";

beforeAll(async () => {
  const g02 = ["record", "G02", "--variant", "buggy"];
  await faultline([...g02, "--schedule", "AQACAQoCCwDo6jY", "--out", trace], cwd);
  await faultline([...g02, "--seed", "3", "--out", "seed3.fltrace"], cwd);
  await faultline([...g02, "--seed", "5", "--out", "seed5.fltrace"], cwd);
  copyFileSync(join(root, "test/captures/binder-6.1.txt"), join(cwd, "binder-6.1.txt"));
  await faultline(["import", "binder-6.1.txt", "--out", "binder-6.1.fltrace"], cwd);
  writeFileSync(
    join(cwd, "written.ts"),
    `import type { Snapshot } from "@faultline/mm";
export default (state: Snapshot): boolean =>
  state.toPlain().some(([key, value]) => key === "vma:0" && JSON.stringify(value).includes("detached"));
`,
  );
  writeFileSync(join(cwd, "no-function.ts"), "export default 1;\n");
  writeFileSync(join(cwd, "throws.ts"), "export default () => { throw new Error('no idea'); };\n");
  writeFileSync(join(cwd, "maybe.ts"), "export default () => 'maybe';\n");
});

describe.concurrent("golden text", () => {
  it.each([
    ["replay-under-same", ["replay", trace, "--profile", "linux-6.12"]],
    ["replay-under-other", ["replay", trace, "--profile", "linux-6.1"]],
    ["replay-under-import", ["replay", "binder-6.1.fltrace", "--profile", "linux-6.12"]],
    ["replay-under-knob", ["replay", "binder-6.1.fltrace", "--knob", "munmapDowngrade=always"]],
    ["bisect-predicate", ["bisect", trace, "--predicate", "written.ts", "--scan"]],
    ["bisect-exec", ["bisect", trace, "--exec", "grep -q detached && exit 1 || exit 0"]],
    ["bisect-profiles", ["bisect", trace, "--profiles"]],
    ["diff-traces", ["diff", "seed3.fltrace", "seed5.fltrace"]],
    ["diff-same", ["diff", trace, trace]],
    ["diff-states", ["diff", `${trace}@start`, `${trace}@9`]],
    ["record-schedule", ["record", "G02", "--variant", "buggy", "--schedule", "AQACAQoCCwDo6jY"]],
    ["help-record", ["record", "--help"]],
    ["help-replay", ["replay", "--help"]],
    ["help-bisect", ["bisect", "--help"]],
    ["help-diff", ["diff", "--help"]],
    ["help-show", ["show", "--help"]],
  ])("%s", async (name, args) => {
    expectGolden(name, (await faultline(args, cwd)).stdout);
  });
});

describe.concurrent("exit codes", () => {
  const skips = "grep -q detached && exit 1; test $FAULTLINE_EVENTS -le 5 || exit 125";
  it.each([
    { args: ["replay", trace], code: 0 },
    { args: ["replay", trace, "--profile", "linux-6.12"], code: 0 },
    { args: ["replay", trace, "--profile", "linux-6.1"], code: 1 },
    { args: ["replay", "missing.fltrace"], code: 2 },
    { args: ["replay", "missing.fltrace", "--bisect-run"], code: 125 },
    { args: ["check", "G02", "--variant", "buggy", "--bisect-run", "--out", "x"], code: 1 },
    { args: ["check", "G02", "--variant", "buggy", "--max-states", "3", "--bisect-run", "--out", "y"], code: 125 },
    { args: ["check", "G2", "--bisect-run"], code: 125 },
    { args: ["bisect", trace, "--exec", skips], code: 3 },
    { args: ["bisect", trace, "--exec", skips, "--bisect-run"], code: 125 },
    { args: ["diff", trace, trace], code: 0 },
    { args: ["diff", trace, "seed3.fltrace"], code: 1 },
    { args: ["diff", `${trace}@3`, `${trace}@3`], code: 0 },
    { args: ["diff", `${trace}@3`, `${trace}@9`], code: 1 },
  ])("$args: $code", async ({ args, code }) => {
    expect((await faultline(args, cwd)).code).toBe(code);
  });
});

describe.concurrent("bad input gives one clear message and exit code 2", () => {
  it.each([
    { args: ["replay", trace, "--profile", "linux-9"], says: "E_PROFILE" },
    { args: ["replay", "written.ts", "--profile", "linux-6.1"], says: "E_FROM_FORMAT: written.ts is neither" },
    { args: ["bisect", trace, "--predicate", "nowhere.ts"], says: "E_SCENARIO_FILE: cannot read the predicate" },
    {
      args: ["bisect", trace, "--predicate", "no-function.ts"],
      says: "E_PREDICATE: no-function.ts exports no function",
    },
    {
      args: ["bisect", trace, "--predicate", "throws.ts"],
      says: "E_PREDICATE: throws.ts throws on the state after 21",
    },
    { args: ["bisect", trace, "--predicate", "maybe.ts"], says: "must return true (bad) or false; it returned string" },
    { args: ["bisect", trace, "--exec", "exit 0"], says: "E_BISECT_NEVER: exit 0 finds nothing bad" },
    { args: ["bisect", trace, "--exec", "exit 127"], says: "E_EXEC: exit 127 ended with exit code 127" },
    { args: ["bisect", trace, "--exec", "true", "--rule", "VMA-LIVE"], says: "--rule and --exec exclude each other" },
    { args: ["bisect", trace, "--exec", "true", "--step", "munmap"], says: "E_USAGE: --step goes with --rule" },
    { args: ["bisect", trace, "--profiles", "--scan"], says: "E_USAGE: --profiles goes with --rule alone" },
    { args: ["diff", trace], says: "E_USAGE: missing required argument 'right'" },
    { args: ["diff", trace, `${trace}@3`], says: "are a trace and a state" },
    { args: ["diff", `${trace}@3`, `${trace}@21`], says: "E_TRACE_RANGE: there is no event 21" },
    { args: ["diff", trace, "missing.fltrace"], says: "E_TRACE_READ: cannot read the trace missing.fltrace" },
    { args: ["record", "G02", "--variant", "buggy", "--sync"], says: "E_USAGE: --sync goes with --out" },
    { args: ["record", "G02", "--variant", "buggy", "--by-hand", "--seed", "1"], says: "exclude each other" },
  ])("$args", async ({ args, says }) => {
    const { code, stderr, stdout } = await faultline(args, cwd);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

function piped(args: readonly string[], input: string): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...args],
      { cwd, env: { ...process.env, NO_COLOR: "1" } },
      (...all) => {
        const [error, stdout, stderr] = all;
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin!.end(input);
  });
}

describe.concurrent("a run by hand, from answers that are piped in", () => {
  const record = ["record", "G02", "--variant", "buggy", "--by-hand"];

  it("goes where it is told, and its schedule does the same run without a file", async () => {
    const answers = `${"munmap\n".repeat(10)}# now the other\nshr\n${"\n".repeat(10)}quit\n`;
    const { stdout, code } = await piped([...record, "--json"], answers);
    const told = JSON.parse(stdout) as { schedule: string; events: number; violations: { rule: string }[] };
    expect([code, told.schedule, told.events]).toEqual([0, "AQACAQoCCwDo6jY", 21]);
    expect(told.violations.map(({ rule }) => rule)).toEqual(["VMA-LIVE"]);
    const again = ["record", "G02", "--variant", "buggy", "--schedule", told.schedule];
    expect(await json(again, cwd)).toMatchObject({ events: 21, violations: told.violations, trace: null });
  });

  it("refuses where nobody answers, and an answer that says nothing", async () => {
    const nobody = await piped(record, "");
    expect(nobody.stderr).toContain("E_BY_HAND: standard input is no terminal and has no answers");
    const nonsense = await piped(record, "munmap\nboth\n");
    expect(nonsense.stderr).toContain("E_CHOICE: answer 2, both, is none of munmap, shrinker.");
    expect([nobody.code, nonsense.code]).toEqual([2, 2]);
  });
});
