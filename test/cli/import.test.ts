import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
