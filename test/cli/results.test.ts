import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

const cwd = emptyFolder();
const maps = Array.from({ length: 6 }, (_, i) => `mmap 0x${i + 1}0000 0x1000 rw PFA -1 0`);
const lists: Readonly<Record<string, readonly string[]>> = {
  "mapped.ops": ["mmap 0x10000 0x2000 rw PFA -1 0"],
  "munmap.ops": ["munmap 0x10000 0x2000"],
  "touch.ops": ["r 0x10000", "w 0x11000"],
  "wrong.ops": ["munmap 0x1000 0x1000", "munmp 1 2"],
  "long.ops": maps,
};

beforeAll(() => {
  for (const [name, lines] of Object.entries(lists)) writeFileSync(join(cwd, name), `${lines.join("\n")}\n`);
});

interface Results {
  readonly complete: boolean;
  readonly results: readonly (Run & { readonly switches: number; readonly minimal: boolean })[];
}
interface Run {
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly vmas: readonly unknown[];
  readonly pg: string;
  readonly events: number;
  readonly schedule: string;
}

describe("faultline results", () => {
  const args = ["results", "munmap.ops", "touch.ops", "--setup", "mapped.ops"];

  it("gives each result with a schedule that shows it", async () => {
    const { complete, results } = await json<Results>(args, cwd);
    expect(complete).toBe(true);
    expect(results.map((one) => one.b.join(" "))).toEqual(["SEGV/MAPERR SEGV/MAPERR", "0 0", "0 SEGV/MAPERR"]);
    for (const { a, b, vmas, pg, events, schedule } of results) {
      const run = await json<object>([...args, "--schedule", schedule], cwd);
      expect(run).toMatchObject({ events, result: { a, b, vmas, pg } });
    }
  });

  it("says that there may be more when time is up", async () => {
    const { code, stdout } = await faultline(["results", "long.ops", "long.ops", "--max-seconds", "0.5"], cwd);
    expect(code).toBe(3);
    expect(stdout).toContain("time is up");
  });

  it.each([
    [["none.ops", "touch.ops"], "E_OPS_FILE", "none.ops"],
    [["touch.ops", "wrong.ops"], "E_OPS_LINE", 'wrong.ops, line 2 is no operation: "munmp 1 2"'],
    [["touch.ops"], "E_USAGE", "'b'"],
    [["touch.ops", "munmap.ops", "--schedule", "zzz"], "E_TRACE_SCHEDULE", "version"],
    [["touch.ops", "munmap.ops", "--profile", "linux-9"], "E_PROFILE", "linux-7.0"],
  ])("refuses %j", async (rest, code, text) => {
    const finished = await faultline(["results", ...rest], cwd);
    expect(finished).toMatchObject({ code: 2, stdout: "" });
    expect(finished.stderr).toContain(`${code}: `);
    expect(finished.stderr).toContain(text);
    expect(finished.stderr).not.toContain("    at ");
  });
});
