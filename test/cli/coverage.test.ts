import { describe, expect, it } from "vitest";
import { emptyFolder, faultline } from "./helpers/faultline.ts";

interface Covered {
  readonly procedures: readonly { readonly name: string; readonly mentioned: number; readonly unreached: string[] }[];
  readonly knobs: readonly { readonly name: string; readonly values: readonly { readonly items: number }[] }[];
  readonly rules: readonly { readonly name: string; readonly severity: string; readonly item: string | null }[];
  readonly uncovered: readonly string[];
}

const cwd = emptyFolder();

describe.concurrent("faultline coverage", () => {
  it("reaches the whole model: one object, and exit code 0", async () => {
    const { code, stdout, stderr } = await faultline(["coverage", "--json"], cwd);
    const { procedures, knobs, rules, uncovered } = JSON.parse(stdout) as Covered;
    expect({ code, stderr, uncovered }).toEqual({ code: 0, stderr: "", uncovered: [] });
    const munmap = procedures.find(({ name }) => name === "munmap")!;
    expect(munmap.mentioned).toBeGreaterThan(5);
    expect(munmap.unreached).toEqual([]);
    expect(knobs.flatMap(({ values }) => values).every(({ items }) => items > 0)).toBe(true);
    // The first that breaks it in the order of the corpus, whose gallery comes first.
    expect(rules.find(({ name }) => name === "MM-REF")).toMatchObject({
      severity: "S0",
      item: expect.stringMatching(/^G\d\d$/) as string,
    });
  });

  it("tells what a part of the corpus does not reach, and ends with 1", async () => {
    const { code, stdout } = await faultline(["coverage", "G02"], cwd);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^munmap +\d+\/\d+ +can_downgrade, (?:\w+, )*mmap_write_unlock\b/m);
    expect(stdout).toMatch(/^fput +0\/\d+ +never entered$/m);
    expect(stdout).toMatch(/^munmapDowngrade +never NEVER, unless-next-to-stack NEVER, always 1$/m);
    expect(stdout).toMatch(/^VMA-LIVE +S0 +G02$/m);
    expect(stdout).toMatch(/^rules +1 of \d+$/m);
    expect(stdout).toMatch(/^ {4}procedure __mmap_new_vma was never entered$/m);
  });

  it("prints the answer only, when asked to", async () => {
    const { stdout } = await faultline(["coverage", "waits/", "--quiet"], cwd);
    expect(stdout).toMatch(/^\d+ things are not reached\n/);
    expect(stdout).not.toContain("broken by");
  });

  it("knows its items by name", async () => {
    const { code, stderr } = await faultline(["coverage", "no-such-item"], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/E_SCENARIO_UNKNOWN.*nothing in the corpus matches no-such-item/);
  });
});
