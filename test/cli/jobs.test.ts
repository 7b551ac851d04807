import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { JobKind } from "../../packages/cli/src/jobs/job-kind.ts";
import type { runJobs as RunJobs } from "../../packages/cli/src/jobs/run-jobs.ts";
import { emptyFolder, faultline, type Finished, json, root } from "./helpers/faultline.ts";

const cwd = emptyFolder();

/** What a command says, without what differs from run to run. */
const timeless = ({ code, stdout, stderr }: Finished): Finished => {
  const mask = (text: string): string => text.replace(/"seconds":[\d.e-]+/g, "").replace(/ *\d+\.\d+ s\b/g, " 0 s");
  return { code, stdout: mask(stdout), stderr };
};

async function onThreads(...args: string[]): Promise<Finished[]> {
  const runs: Finished[] = [];
  for (const jobs of ["1", "3"]) runs.push(timeless(await faultline([...args, "--jobs", jobs], cwd)));
  return runs;
}

const scenarioFile = (name: string, top: string, body: string): string => {
  const path = join(cwd, name);
  writeFileSync(
    path,
    `import { scenario } from "@faultline/interleave";
import type { Kernel } from "@faultline/mm";
${top}
interface Knobs { readonly at: number }
export default scenario<Knobs, null>({
  title: "threads that print",
  profile: "linux-6.12",
  variants: { a: { at: 1 }, b: { at: 2 }, c: { at: 3 }, d: { at: 4 } },
  setup: (_, { at }) => {
    console.log("set-up", at);
    return null;
  },
  threads: (_, { at }) => ({
    *left(k: Kernel) {
      ${body}
      yield* k.writeOnce("x", at);
    },
    *right(k: Kernel) {
      yield* k.readOnce("x");
    },
  }),
});
`,
  );
  return `./${name}`;
};

describe("whatever the number of threads, the output is the same", () => {
  it.each([
    ["check", "G02", "G01", "G05"],
    ["check", "--json", "G02", "G01", "G05"],
    ["gallery", "binder"],
    ["gallery", "--json"],
    ["check", "G02", "--variant", "none"],
    ["check", "--max-states", "50", "G02", "G01"],
  ])("%s %s %s", async (...args) => {
    const [one, ...others] = await onThreads(...args);
    expect(one!.stdout + one!.stderr).not.toBe("");
    for (const other of others) expect(other).toEqual(one);
  });

  it("for a file that prints", async () => {
    const file = scenarioFile("prints.ts", `console.log("loaded");`, `console.log("runs", at);`);
    const [one, ...others] = await onThreads("check", file, "G02");
    expect(one!.stderr).toMatch(/^loaded\nset-up 1\n(runs 1\n)+set-up 2\n(runs 2\n)+set-up 3\n(runs 3\n)+set-up 4\n/);
    expect(one!.stderr.match(/loaded/g)).toHaveLength(1);
    expect(one!.stderr.match(/set-up 3/g)).toHaveLength(1);
    for (const other of others) expect(other).toEqual(one);
  });

  it.each([
    [
      "throws",
      `if (at === 3) throw new Error("three is too many");`,
      /E_THREAD_THROWS: throws\.ts:15:\d+: .*three is too many/,
    ],
    [
      "exits",
      `if (at === 3) process.exit(7);`,
      /E_THREAD_THROWS: exits\.ts:15:\d+: .*a scenario may not call process\.exit\(\)/,
    ],
  ])("for a file that %s", async (name, body, error) => {
    const file = scenarioFile(`${name}.ts`, "", body);
    const [one, ...others] = await onThreads("check", file, "--quiet");
    expect(one!.code).toBe(2);
    expect(one!.stderr).toMatch(error);
    expect(one!.stdout).toMatch(new RegExp(`^${name} a  CLEAN.*\n${name} b  CLEAN.*\n$`));
    for (const other of others) expect(other).toEqual(one);
  });
});

describe("threads for jobs of any kind", () => {
  const kinds = join(cwd, "kind.mjs");
  writeFileSync(
    kinds,
    `import { existsSync, writeFileSync } from "node:fs";
export const job = {
  url: import.meta.url,
  run: async ({ what, value, file }, tick) => {
    switch (what) {
      case "await":
        while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
        return value;
      case "tick":
        while (!existsSync(file)) tick(0);
        return value;
      case "mark":
        writeFileSync(file, "");
        return value;
      case "throw":
        throw Object.assign(new Error("no good"), { code: "E_NO_GOOD" });
      case "exit":
        writeFileSync(file, "");
        process.exit(7);
      case "uncaught":
        writeFileSync(file, "");
        setTimeout(() => { throw Object.assign(new Error("from nowhere"), { code: "E_NOWHERE" }); });
        return new Promise(() => {});
      case "function":
        writeFileSync(file, "");
        return () => {};
    }
  },
};
`,
  );

  interface Job {
    readonly what: string;
    readonly value?: number;
    readonly file?: string;
  }
  const load = async (): Promise<{ runJobs: typeof RunJobs; kind: JobKind<Job, number> }> => {
    const compiled = join(root, "packages/cli/dist/jobs/run-jobs.js");
    const { runJobs } = (await import(pathToFileURL(compiled).href)) as { runJobs: typeof RunJobs };
    const { job } = (await import(pathToFileURL(kinds).href)) as { job: JobKind<Job, number> };
    return { runJobs, kind: job };
  };
  const collect = async (jobs: readonly Job[], workers: number): Promise<(number | string)[]> => {
    const { runJobs, kind } = await load();
    const results: (number | string)[] = [];
    try {
      for await (const result of runJobs(kind, jobs, { workers, patience: 0 })) results.push(result);
    } catch (error) {
      results.push(`${(error as { code: string }).code}: ${(error as Error).message}`);
    }
    return results;
  };
  let marks = 0;
  const mark = (): string => join(cwd, `mark${marks++}`);

  it("gives results in the order of the jobs, also where a later one is done first", async () => {
    const file = mark();
    // This thread takes the first and waits until another has done the second.
    const jobs = [
      { what: "await", value: 1, file },
      { what: "mark", value: 2, file },
    ];
    expect(await collect(jobs, 2)).toEqual([1, 2]);
  });

  it("starts threads from within a long job that tells its time", async () => {
    const file = mark();
    const { runJobs, kind } = await load();
    const jobs = [
      { what: "tick", value: 1, file },
      { what: "mark", value: 2, file },
    ];
    const results: number[] = [];
    for await (const result of runJobs(kind, jobs, { workers: 2, patience: 0.01 })) results.push(result);
    expect(results).toEqual([1, 2]);
  });

  it("does not start threads for one job, nor for none", async () => {
    expect(await collect([{ what: "mark", value: 1, file: mark() }], 8)).toEqual([1]);
    expect(await collect([], 8)).toEqual([]);
  });

  it.each([1, 2])("throws what a job throws, when its turn comes: %i", async (workers) => {
    const jobs = [
      { what: "mark", value: 1, file: mark() },
      { what: "throw" },
      { what: "mark", value: 3, file: mark() },
    ];
    expect(await collect(jobs, workers)).toEqual([1, "E_NO_GOOD: no good"]);
  });

  it.each([
    ["exit", "E_JOB: a thread ended with code 7 in the middle of its work."],
    ["uncaught", "E_NOWHERE: from nowhere"],
    ["function", expect.stringMatching(/could not be cloned/)],
  ])("tells of a thread that ends by %s, and does the rest", async (what, message) => {
    const file = mark();
    const last = mark();
    const jobs = [
      { what: "await", value: 1, file },
      { what, file },
      { what: "mark", value: 3, file: last },
    ];
    expect(await collect(jobs, 2)).toEqual([1, message]);
    const { runJobs, kind } = await load();
    const again: number[] = [];
    for await (const result of runJobs(kind, [jobs[0]!, jobs[2]!], { workers: 2, patience: 0 })) again.push(result);
    expect(again).toEqual([1, 3]);
  });

  it("ends its threads when nobody wants the rest", async () => {
    const { runJobs, kind } = await load();
    const file = mark();
    const never = { what: "await", value: 0, file: mark() };
    for await (const result of runJobs(kind, [{ what: "mark", value: 1, file }, never, never], {
      workers: 2,
      patience: 0,
    })) {
      expect(result).toBe(1);
      break;
    }
    expect(existsSync(file)).toBe(true);
  });
});

describe("faultline bench parallel", () => {
  it("does the same on one core and on two", async () => {
    const found = await json<object>(["bench", "parallel", "--seconds", "2", "--jobs", "2", "--repeat", "2"], cwd);
    const runs = [{ workers: 1 }, { workers: 2 }];
    expect(found).toMatchObject({ same: true, rounds: [{ runs }, { runs }] });
  });

  it("is the only other bench", async () => {
    const { code, stderr } = await faultline(["bench", "sideways"], cwd);
    expect(stderr).toContain("E_USAGE: there is no bench sideways");
    expect(code).toBe(2);
  });
});
