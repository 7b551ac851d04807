import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bin, emptyFolder, faultline } from "./helpers/faultline.ts";

const cwd = emptyFolder();
const trace = "good.fltrace";

beforeAll(async () => {
  await faultline(["record", "G02", "--variant", "buggy", "--schedule", "AQACAQoCCwDo6jY", "--out", trace], cwd);
  const bytes = readFileSync(join(cwd, trace));
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = value;
    return copy;
  };
  writeFileSync(join(cwd, "empty.fltrace"), "");
  writeFileSync(join(cwd, "cut.fltrace"), bytes.subarray(0, bytes.length - 200));
  writeFileSync(join(cwd, "stub.fltrace"), bytes.subarray(0, 40));
  writeFileSync(join(cwd, "flipped.fltrace"), changed(600, bytes[600]! ^ 1));
  writeFileSync(join(cwd, "newer.fltrace"), changed(8, 9));
  writeFileSync(join(cwd, "foreign.fltrace"), "# tracer: nop\n");
  writeFileSync(join(cwd, "file"), "");
  mkdirSync(join(cwd, "folder"));
  writeFileSync(join(cwd, "scenario.txt"), "");
});

describe.concurrent("bad input gives one clear message, exit code 2 and no stack trace", () => {
  it.each([
    { args: [], says: "Usage: faultline" },
    { args: ["chek"], says: "E_USAGE: unknown command 'chek' (Did you mean check?)" },
    { args: ["check", "--max-states", "none"], says: "E_USAGE: option '--max-states" },
    { args: ["check", "--engine", "magic"], says: "E_USAGE: option '--engine" },
    { args: ["check", "--seed", "1"], says: "E_USAGE: --seed goes with --engine random; the engine here is states." },
    { args: ["check", "--engine", "random", "--seed", "-1"], says: "E_USAGE: option '--seed" },
    { args: ["check", "--engine", "random", "--runs", "0"], says: "E_USAGE: option '--runs" },
    { args: ["check", "--engine", "random", "--depth", "0"], says: "E_USAGE: option '--depth" },
    { args: ["check", "--engine", "random", "--strategy", "luck"], says: "E_USAGE: option '--strategy" },
    { args: ["check", "--engine", "random", "--strategy", "walk", "--depth", "2"], says: "E_USAGE: --depth goes with" },
    { args: ["check", "--engine", "classes", "--full-keys"], says: "E_USAGE: --full-keys goes with --engine states" },
    { args: ["check", "--engine", "classes", "--max-states", "5"], says: "E_USAGE: --max-states goes with" },
    { args: ["check", "G2"], says: "E_SCENARIO_UNKNOWN: no scenario is called G2. Did you mean" },
    { args: ["check", "binder-shrink"], says: "E_SCENARIO_UNKNOWN" },
    { args: ["check", "G02", "--variant", "mended"], says: "E_VARIANT: the scenario has no variant mended" },
    { args: ["check", "G02", "--profile", "linux-1.0"], says: "E_PROFILE: no kernel profile is called linux-1.0" },
    { args: ["check", "./nowhere.ts"], says: "E_SCENARIO_FILE: cannot read the scenario ./nowhere.ts: there is no" },
    { args: ["check", "./folder"], says: "E_SCENARIO_FILE: cannot read the scenario ./folder: it is no file" },
    { args: ["check", "./scenario.txt"], says: "E_SCENARIO_FILE: scenario.txt is no scenario" },
    { args: ["check", "--out", "file"], says: "E_OUTPUT: cannot make the folder file: there is a file of that name" },
    { args: ["gallery", "nothing-like-it"], says: "E_SCENARIO_UNKNOWN: nothing in the gallery matches" },
    { args: ["replay", "missing.fltrace"], says: "E_TRACE_READ: cannot read the trace missing.fltrace" },
    { args: ["replay", "empty.fltrace"], says: "E_TRACE_TRUNCATED" },
    { args: ["replay", "stub.fltrace"], says: "E_TRACE_TRUNCATED" },
    { args: ["replay", "flipped.fltrace"], says: "E_TRACE_CHECKSUM" },
    { args: ["replay", "newer.fltrace"], says: "E_TRACE_VERSION: the trace has format 9" },
    { args: ["replay", "foreign.fltrace"], says: "E_TRACE_FORMAT: not a Faultline trace" },
    { args: ["show", trace, "--at", "21"], says: "E_TRACE_RANGE: there is no event 21 in good.fltrace" },
    { args: ["show", trace, "--full"], says: "E_USAGE: --around and --full go with --at" },
    { args: ["bisect", trace], says: "E_USAGE: say which rule" },
    {
      args: ["bisect", trace, "--rule", "VMA-LIFE"],
      says: "E_RULE_UNKNOWN: no rule is called VMA-LIFE. Did you mean VMA-LIVE?",
    },
    {
      args: ["bisect", trace, "--rule", "PTE-LOCK"],
      says: "E_BISECT_NEVER: no event of good.fltrace breaks PTE-LOCK. It breaks VMA-LIVE at zap_page_range_single.",
    },
    { args: ["record", "G02", "--out", "x"], says: "E_USAGE: say which variant of G02" },
    { args: ["record", "G02", "--variant", "buggy", "--out", "file/x"], says: "E_OUTPUT" },
    { args: ["record", "G02", "--variant", "buggy", "--schedule", "AQ", "--out", "x"], says: "E_TRACE_SCHEDULE" },
    {
      args: ["record", "G01", "--variant", "buggy", "--schedule", "AQAEAQECAQMBBAEAiJX1", "--out", "x"],
      says: "E_SCHEDULE",
    },
    { args: ["bench", "--n", "99"], says: "E_USAGE: the scaling scenario has up to" },
  ])("$args", async ({ args, says }) => {
    const { code, stderr } = await faultline(args, cwd);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it("tells the error as JSON too", async () => {
    const { code, stdout } = await faultline(["check", "G99", "--json"], cwd);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "E_SCENARIO_UNKNOWN" } });
    expect(code).toBe(2);
  });
});

describe("a trace that was cut", () => {
  it("replays up to the cut, and says so", async () => {
    const { code, stdout } = await faultline(["replay", "cut.fltrace", "--json"], cwd);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "truncated", error: { code: "E_TRACE_TRUNCATED" } });
    expect(code).toBe(3);
  });
});

describe("a folder that cannot be written", () => {
  it("costs the traces, not the findings", async () => {
    const { code, stdout, stderr } = await faultline(
      ["check", "G02", "--variant", "buggy", "--out", "file", "--json"],
      cwd,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ verdict: "violation", violations: [{ rule: "VMA-LIVE", trace: null }] }],
      error: { code: "E_OUTPUT" },
    });
    expect(stderr).toMatch(/^faultline: E_OUTPUT: /);
    expect(code).toBe(2);
  });

  // Whoever runs as root may write anywhere.
  it.skipIf(process.getuid?.() === 0)("is told of, and the trace in it stays", async () => {
    mkdirSync(join(cwd, "locked"));
    writeFileSync(join(cwd, "locked/G02-buggy-VMA-LIVE.fltrace"), "precious");
    chmodSync(join(cwd, "locked"), 0o555);
    const { code, stderr } = await faultline(["check", "G02", "--out", "locked"], cwd);
    expect(stderr).toContain("E_TRACE_WRITE");
    expect(readFileSync(join(cwd, "locked/G02-buggy-VMA-LIVE.fltrace"), "utf8")).toBe("precious");
    expect(code).toBe(2);
  });

  it("is a full disk as well: the trace that was there stays whole, and nothing is left of the new one", async () => {
    const folder = emptyFolder();
    const old = join(folder, "run.fltrace");
    writeFileSync(old, "precious");
    // A limit on the size of files fails in the middle of writing, as a disk does that fills up.
    const command = `ulimit -f 1; "${process.execPath}" "${bin}" record G02 --variant buggy --seed 3 --out run.fltrace`;
    const { code, stderr } = await shell(command, folder);
    expect(stderr).toMatch(/^faultline: E_TRACE_WRITE: cannot write the trace run.fltrace: /);
    expect(readFileSync(old, "utf8")).toBe("precious");
    expect(readdirSync(folder)).toEqual(["run.fltrace"]);
    expect(code).toBe(2);
  });
});

function shell(command: string, cwd: string): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", command], { cwd }, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}
