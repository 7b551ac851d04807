import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, root } from "./helpers/faultline.ts";

const cwd = emptyFolder();
const captures = join(root, "test/captures");

interface Imported {
  readonly lines: number;
  readonly events: number;
  readonly unknown: number;
  readonly ops: string;
  readonly phases: readonly { readonly vmas: string; readonly pages: string; readonly source: string }[];
  readonly divergences: readonly { readonly line: number; readonly reason: string }[];
  readonly trace: string | null;
}

describe("faultline import", () => {
  it.each(["6.1", "6.12"])(
    "holds the capture of a %s kernel against the model, and writes a trace that replays",
    async (version) => {
      const out = `${version}.fltrace`;
      const file = join(captures, `binder-${version}.txt`);
      const args = ["import", file, "--profile", `linux-${version}`, "--out", out, "--json"];
      const { code, stdout } = await faultline(args, cwd);
      const found = JSON.parse(stdout) as Imported;
      expect(code).toBe(0);
      expect(found).toMatchObject({ unknown: 0, ops: "match", divergences: [], trace: out });
      expect(found.lines).toBe(readFileSync(file, "utf8").split("\n").length - 1);
      expect(found.phases).toHaveLength(14);
      for (const { pages, source } of found.phases) expect([pages, source]).toEqual(["match", "trace"]);
      const replayed = await faultline(["replay", out, "--json"], cwd);
      expect(JSON.parse(replayed.stdout)).toMatchObject({ verdict: "verified", events: found.events });
    },
  );

  it("reports a line that no kernel could have written there, and exits with 1", async () => {
    const lines = readFileSync(join(captures, "binder-6.1.txt"), "utf8").split("\n");
    const at = lines.findIndex((line) => /mmap_lock_released:.*write=true/.test(line));
    writeFileSync(join(cwd, "tampered.txt"), lines.toSpliced(at, 1).join("\n"));
    const { code, stdout } = await faultline(["import", "tampered.txt", "--profile", "linux-6.1", "--json"], cwd);
    const { divergences } = JSON.parse(stdout) as Imported;
    expect(divergences.length).toBeGreaterThan(0);
    expect(divergences[0]!.line).toBeGreaterThan(at);
    expect(code).toBe(1);
  });

  it("counts and shows lines that do not parse, and leaves the question open", async () => {
    const text = readFileSync(join(captures, "binder-6.1.txt"), "utf8").split("\n");
    writeFileSync(join(cwd, "noise.txt"), text.toSpliced(400, 0, "what is this?").join("\n"));
    const { code, stdout } = await faultline(["import", "noise.txt", "--profile", "linux-6.1"], cwd);
    expect(stdout).toMatch(/^unknown {3}1 line$/m);
    expect(stdout).toContain("line 401: what is this?");
    expect(code).toBe(3);
  });

  it("compares with what the program wrote down of itself", async () => {
    const args = ["import", join(captures, "seq-mono.trace.gz"), "--truth", join(captures, "seq-mono.truth.txt.gz")];
    const { code, stdout } = await faultline(args, cwd);
    expect(stdout).toMatch(/^ops {7}match: 52 lines as the trace shows them, 1 access without a trace$/m);
    expect(stdout).toMatch(/^26 truncate-then-sigbus-35 +mmwork-5307 +match +match +truth$/m);
    expect(code).toBe(0);
  });

  it("says where the program and the trace disagree", async () => {
    const truth = gunzipSync(readFileSync(join(captures, "seq-mono.truth.txt.gz"))).toString("utf8");
    const wrong = truth
      .replace("present 0xffff00", "present 0xfffe00")
      .replace("10000000c000\t4000\t1\t0\t0\t0", "10000000c000\t4000\t1\t0\t0\t-c")
      .replace("100000008000-100000018000 rw-p", "100000008000-100000019000 rw-p");
    writeFileSync(join(cwd, "wrong.truth"), wrong);
    const args = ["import", join(captures, "seq-mono.trace.gz"), "--truth", "wrong.truth", "--json"];
    const { code, stdout } = await faultline(args, cwd);
    const { divergences } = JSON.parse(stdout) as Imported;
    expect(divergences.map(({ reason }) => reason.replace(/;.*/, ""))).toEqual([
      "phase 1: the process has [0x100000008000, 0x100000019000) rw-p",
      "phase 2: pages 8 of the window are not as in the model",
      expect.stringMatching(/^task 5307 wrote down line \d+ of the truth file, mprotect\(.*\) = -12$/),
    ]);
    expect(code).toBe(1);
  });

  it.each([
    ["cut", (whole: Buffer) => whole.subarray(0, whole.length / 2), "E_IMPORT_READ", /is cut/],
    [
      "damaged",
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 40), Buffer.alloc(60), whole.subarray(100)]),
      "E_IMPORT_READ",
      /is damaged/,
    ],
    ["endless line", () => gzipSync(Buffer.alloc(64 * 2 ** 20, 65)), "E_IMPORT_LIMIT", /a line has more than/],
    ["blank lines", () => gzipSync(Buffer.alloc(64 * 2 ** 20, 10)), "E_IMPORT_LIMIT", /only 0 are events/],
    ["junk lines", () => gzipSync(Buffer.alloc(2 ** 20, "junk\n")), "E_IMPORT_FORMAT", /none of its/],
  ] as const)("a packed file: %s", async (name, make, error, says) => {
    writeFileSync(join(cwd, `${name}.gz`), make(readFileSync(join(captures, "race-counter.trace.gz"))));
    const { code, stderr } = await faultline(["import", `${name}.gz`], cwd);
    expect(stderr).toContain(error);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it.each([
    ["", "E_IMPORT_TRUTH: this is no truth file"],
    ["no truth at all", "E_IMPORT_TRUTH: line 1 of the truth file says nothing understood"],
    ["## ops\n12 what", "E_IMPORT_TRUTH: line 2 of the truth file says nothing understood"],
    ["present 0x0", "E_IMPORT_TRUTH: line 1 of the truth file"],
  ])("a truth file that says %j", async (text, says) => {
    writeFileSync(join(cwd, "bad.truth"), text);
    const { code, stderr } = await faultline(["import", join(captures, "race.strace.gz"), "--truth", "bad.truth"], cwd);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it("writes no more than half with --lean, and that replays as well", async () => {
    const file = join(captures, "fork-counter.trace.gz");
    await faultline(["import", file, "--out", "all.fltrace"], cwd);
    await faultline(["import", file, "--out", "lean.fltrace", "--lean"], cwd);
    const [all, lean] = ["all.fltrace", "lean.fltrace"].map((name) => statSync(join(cwd, name)).size);
    expect(lean!).toBeLessThan(all! * 0.7);
    const { stdout } = await faultline(["replay", "lean.fltrace", "--json"], cwd);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "verified" });
  });

  it.each([
    { args: ["missing.txt"], says: "E_IMPORT_READ: cannot read missing.txt: there is no such file." },
    { args: ["."], says: "E_IMPORT_READ: cannot read .: it is no regular file." },
    { args: [join(root, "package.json")], says: "E_IMPORT_FORMAT: this is no ftrace text" },
    { args: [join(captures, "binder-6.1.txt"), "--profile", "linux-1.0"], says: "E_IMPORT_PROFILE" },
  ])("$args", async ({ args, says }) => {
    const { code, stderr } = await faultline(["import", ...args], cwd);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });
});
