import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

interface Result {
  readonly verdict: string;
  readonly states: number;
  readonly transitions: number;
  readonly totalTransitions: number;
  readonly checkpoint: string | null;
  readonly violations: readonly { readonly rule: string; readonly events: number; readonly schedule: string }[];
}

const resultsOf = async (args: readonly string[], cwd: string): Promise<readonly Result[]> =>
  (await json<{ results: readonly Result[] }>(["check", ...args], cwd)).results;

/** Everything of a result that does not depend on time or on how often it was interrupted. */
const answer = ({ verdict, states, transitions, totalTransitions, violations }: Result): object => ({
  verdict,
  states,
  transitions,
  totalTransitions,
  violations: violations.map(({ rule, events, schedule }) => [rule, events, schedule]),
});

describe("a checkpoint", () => {
  it.each(["G03", "G24"])("takes %s to the answer that an uninterrupted run gives", async (id) => {
    const cwd = emptyFolder();
    const whole = await resultsOf([id, "--variant", "buggy"], cwd);
    const [cut] = await resultsOf([id, "--variant", "buggy", "--max-states", "8"], cwd);
    expect(cut!.checkpoint).toBe(join("faultline-out", `${id}-buggy.checkpoint`));
    const resumed = await resultsOf([id, "--resume", cut!.checkpoint!], cwd);
    expect(resumed.map(answer)).toEqual(whole.map(answer));
    expect(resumed[0]!.checkpoint).toBeNull();
  });

  it("says in words how to go on, and goes on with that", async () => {
    const cwd = emptyFolder();
    const { stdout, code } = await faultline(["check", "G02", "--variant", "fixed", "--max-states", "3"], cwd);
    expect(code).toBe(3);
    const command = /^go on +faultline (.+)$/m.exec(stdout)![1]!;
    expect((await faultline(command.split(" "), cwd)).code).toBe(0);
  });

  it("is refused in one line where it does not belong, is damaged, or is none", async () => {
    const cwd = emptyFolder();
    const [cut] = await resultsOf(["G02", "--variant", "fixed", "--max-states", "3"], cwd);
    const path = join(cwd, cut!.checkpoint!);
    const bytes = readFileSync(path);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1]! ^= 1;
    writeFileSync(join(cwd, "flipped"), flipped);
    writeFileSync(join(cwd, "cut"), bytes.subarray(0, bytes.length - 7));
    writeFileSync(join(cwd, "none"), "what is this");
    const checkpoint = cut!.checkpoint!;
    const refusals: [args: string[], says: string][] = [
      [["G01", "--resume", checkpoint], "E_VARIANT|E_RESUME: the checkpoint is for G02 fixed under linux-6.6"],
      [["G02", "--resume", checkpoint, "--no-symmetry"], "E_RESUME: .*other reductions"],
      [["G02", "--resume", checkpoint, "--profile", "linux-6.12"], "E_RESUME: .*under linux-6.6, not for"],
      [["G02", "--resume", "flipped"], "E_RESUME: flipped .*damaged"],
      [["G02", "--resume", "cut"], "E_RESUME: cut .*damaged"],
      [["G02", "--resume", "none"], "E_RESUME: none .*no checkpoint"],
      [["G02", "--resume", "absent"], "E_RESUME_FILE: cannot read"],
    ];
    for (const [args, says] of refusals) {
      const { code, stderr } = await faultline(["check", ...args], cwd);
      expect(code, args.join(" ")).toBe(2);
      expect(stderr).toMatch(new RegExp(`^faultline: (${says})`));
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
