import { beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

interface Finding {
  readonly rule: string;
  readonly events: number;
  readonly step: string;
  readonly trace: string;
  readonly potential: boolean;
}
type Entry = Readonly<Record<string, string | { readonly violations: readonly Finding[] }>>;

const cwd = emptyFolder();
/** Findings whose rule some event breaks, or the end of the run. */
let findings: Finding[] = [];
/**
 * A circle of lock classes is closed by several runs together, and who waits for ever only the explorer can tell: a trace
 * knows no threads. No event of either breaks a rule.
 */
let untraced: Finding[] = [];

beforeAll(async () => {
  const { entries } = await json<{ entries: Entry[] }>(["gallery"], cwd);
  const all = entries.flatMap((entry) =>
    Object.values(entry).flatMap((value) => (typeof value === "string" ? [] : value.violations)),
  );
  const isTraced = ({ potential, rule }: Finding): boolean => !potential && rule !== "NO-STUCK";
  findings = all.filter(isTraced);
  untraced = all.filter((finding) => !isTraced(finding));
});

// A process for each finding, two at a time.
describe("the trace of every finding of the gallery", { timeout: 300_000 }, () => {
  it("replays: every event does what was recorded, and the rule breaks where the finding says", async () => {
    expect(findings.length).toBeGreaterThanOrEqual(8);
    const replays = await all(({ trace }) => json<Replay>(["replay", trace], cwd));
    for (const [i, { verdict, events, violations }] of replays.entries()) {
      const { rule, step, events: recorded } = findings[i]!;
      expect([verdict, events]).toEqual(["verified", recorded]);
      const at = step === "end" ? null : recorded - 1;
      expect(violations).toContainEqual(expect.objectContaining({ rule, step, event: at }));
    }
  });

  it("replays too where only the explorer sees what is wrong, and bisecting says that", async () => {
    expect(untraced.length).toBeGreaterThanOrEqual(3);
    const replays = await all(({ trace }) => json<Replay>(["replay", trace], cwd), untraced);
    const bisected = await all(({ trace }) => faultline(["bisect", trace, "--json"], cwd), untraced);
    for (const [i, { rule, step, events }] of untraced.entries()) {
      expect(replays[i]).toMatchObject({ verdict: "verified", events });
      expect(replays[i]!.violations).not.toContainEqual(expect.objectContaining({ rule, step }));
      const code = rule === "NO-STUCK" ? "E_RULE_UNTRACED" : "E_BISECT_NEVER";
      expect(bisected[i]!.code).toBe(2);
      expect(JSON.parse(bisected[i]!.stdout)).toMatchObject({ error: { code } });
    }
  });

  it("bisects to the violating event in at most log2(n) + 2 looks, as a linear scan says too", async () => {
    const answers = await all(({ trace }) => json<Bisected>(["bisect", trace, "--scan"], cwd));
    for (const [i, { firstBad, probes, scan }] of answers.entries()) {
      const { events, step } = findings[i]!;
      // A rule that breaks at the end may have been broken by a step before.
      if (step === "end") expect(firstBad).toBeLessThan(events);
      else expect(firstBad).toBe(events - 1);
      expect(probes).toBeLessThanOrEqual(Math.log2(events) + 2);
      expect(scan).toEqual([{ event: firstBad, bad: true }]);
    }
  });

  it("bisects for its rule alone to the first event that breaks it, at whatever step", async () => {
    // Where no other step of the variant breaks the rule this is the same question as before.
    const shared = findings.filter(({ trace, rule }) => !trace.endsWith(`${rule}.fltrace`));
    const ask = ({ trace, rule }: Finding): Promise<Bisected> => json(["bisect", trace, "--rule", rule, "--scan"], cwd);
    const answers = await all(ask, shared);
    for (const [i, { firstBad, probes, scan }] of answers.entries()) {
      const { events } = shared[i]!;
      expect(firstBad).toBeLessThan(events);
      expect(probes).toBeLessThanOrEqual(Math.log2(events) + 2);
      expect(scan).toEqual([{ event: firstBad, bad: true }]);
    }
  });

  it("shows the state before and after the violating event", async () => {
    const shown = await all(({ trace, events }) =>
      json<Shown>(["show", trace, "--at", String(events - 1), "--full"], cwd),
    );
    for (const { before, after, changes } of shown) {
      const [was, is] = [new Map(Object.entries(before.state)), new Map(Object.entries(after.state))];
      const keys = [...new Set([...was.keys(), ...is.keys()])];
      const differing = keys.filter((key) => JSON.stringify(was.get(key)) !== JSON.stringify(is.get(key)));
      expect(changes.map(({ component }) => component).sort()).toEqual(differing.sort());
    }
  });
});

describe("a report's last line", () => {
  it("is the command that replays the finding", async () => {
    const { stdout } = await faultline(["check", "G02", "--variant", "buggy"], cwd);
    const command = /^replay {4}(faultline .*)$/m.exec(stdout)![1]!;
    const again = await faultline(command.split(" ").slice(1), cwd);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^G02 buggy {2}VERIFIED {2}21 events of 21/);
    expect(again.stdout).toMatch(/breaks {4}VMA-LIVE \(S0\) at event 20/);
  });

  it("comes after a schedule that gives the same run without a file", async () => {
    const { stdout } = await faultline(["check", "G02", "--variant", "buggy"], cwd);
    const schedule = /^schedule {2}(\S+)$/m.exec(stdout)![1]!;
    const args = ["record", "G02", "--variant", "buggy", "--schedule", schedule, "--out", "again.fltrace"];
    const recorded = await json<{ violations: { rule: string; event: number }[] }>(args, cwd);
    expect(recorded.violations).toMatchObject([{ rule: "VMA-LIVE", event: 20 }]);
    const [one, two] = await Promise.all([
      json<Replay>(["replay", "again.fltrace"], cwd),
      json<Replay>(["replay", "faultline-out/G02-buggy-VMA-LIVE.fltrace"], cwd),
    ]);
    expect(one.stateHash).toBe(two.stateHash);
  });
});

describe("faultline record", () => {
  it("gives the same run for the same seed, and another for another", async () => {
    const record = (seed: string): Promise<{ schedule: string; ending: string }> =>
      json(["record", "G02", "--variant", "buggy", "--seed", seed, "--out", `seed-${seed}.fltrace`], cwd);
    const [one, same, other] = [await record("3"), await record("3"), await record("4")];
    expect(one.ending).toBe("finished");
    expect(same.schedule).toBe(one.schedule);
    expect(other.schedule).not.toBe(one.schedule);
    expect(await json<Replay>(["replay", "seed-3.fltrace"], cwd)).toMatchObject({ verdict: "verified" });
  });
});

describe("faultline show", () => {
  it("ends quietly when its reader does", async () => {
    const { execFile } = await import("node:child_process");
    const { bin } = await import("./helpers/faultline.ts");
    const done = await new Promise<string>((resolve) => {
      const line = `"${process.execPath}" "${bin}" show again.fltrace | head -n 1`;
      execFile("sh", ["-c", line], { cwd }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(done.trim().split("\n")).toHaveLength(1);
  });
});

interface Replay {
  readonly verdict: string;
  readonly events: number;
  readonly stateHash: string;
  readonly violations: readonly unknown[];
}

interface Bisected {
  readonly firstBad: number;
  readonly probes: number;
  readonly scan: readonly unknown[];
}

interface Shown {
  readonly changes: readonly { readonly component: string }[];
  readonly before: { readonly state: Readonly<Record<string, unknown>> };
  readonly after: { readonly state: Readonly<Record<string, unknown>> };
}

/** One answer per finding, two at a time: there may be no more cores. */
async function all<T>(ask: (finding: Finding) => Promise<T>, about: readonly Finding[] = findings): Promise<T[]> {
  const answers: T[] = [];
  for (let i = 0; i < about.length; i += 2) answers.push(...(await Promise.all(about.slice(i, i + 2).map(ask))));
  return answers;
}
