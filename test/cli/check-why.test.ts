import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, json } from "./helpers/faultline.ts";

interface Step {
  readonly thread: string;
  readonly step: string;
  readonly event: number | null;
}

interface Result {
  readonly verdict: string;
  readonly stopped: string | null;
  readonly allPairs?: boolean;
  readonly allPairsStopped?: string | null;
  readonly violations: readonly {
    readonly rule: string;
    readonly trace: string;
    readonly pair?: { readonly step: { readonly op: string }; readonly against: { readonly op: string } | null };
    readonly explanation?: {
      readonly verdict: string;
      readonly stopped: string | null;
      readonly undecided: readonly unknown[];
      readonly needs: readonly { readonly first: Step | null; readonly second: Step }[];
      readonly reversals: readonly { readonly first: Step; readonly second: Step }[];
    };
  }[];
  readonly ablations?: readonly {
    readonly thread: string;
    readonly kind: string;
    readonly what: string;
    readonly verdict: string;
    readonly rules: readonly { readonly rule: string; readonly severity: string }[];
  }[];
}

const cwd = emptyFolder();

/** Covered in no time with reductions, and in minutes without, as these questions are asked. */
const WIDE = `import { scenario } from "@faultline/interleave";
import type { Kernel } from "@faultline/mm";
const bystander = (word: string) =>
  function* (k: Kernel) {
    for (let step = 1; step <= 8; step++) yield* k.writeOnce(word, step);
  };
export default scenario<object, null>({
  title: "a race beside much that has nothing to do with it",
  profile: "linux-6.12",
  variants: { only: {} },
  setup(k) {
    k.run(k.kmalloc("object"));
    return null;
  },
  threads: () => ({
    *frees(k: Kernel) {
      yield* k.writeOnce("gone", 1);
      yield* k.kfree("object");
    },
    *uses(k: Kernel) {
      if ((yield* k.readOnce("gone")) === 0) yield* k.heapUse("object");
    },
    ...Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((word) => [word, bystander(word)])),
  }),
});
`;

describe.concurrent("faultline check", () => {
  it("--all writes one trace per rule and pair of steps, and each replays", async () => {
    const args = ["check", "G02", "--variant", "buggy", "--all", "--out", "pairs"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    const { violations } = results[0]!;
    expect(violations.map(({ rule, pair }) => [rule, pair?.step.op, pair?.against?.op])).toEqual([
      ["VMA-LIVE", "zap_page_range_single", "vma_mark_detached"],
      ["VMA-LIVE", "zap_page_range_single", "vm_area_free"],
    ]);
    expect(readdirSync(join(cwd, "pairs"))).toHaveLength(2);
    for (const { trace } of violations) expect((await faultline(["replay", trace], cwd)).code).toBe(0);
  });

  it("--explain tells which order brings the bug about, and which reversals undo it", async () => {
    const args = ["check", "G02", "--variant", "buggy", "--explain", "--out", "why"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    const { verdict, needs, reversals } = results[0]!.violations[0]!.explanation!;
    expect(verdict).toBe("smallest");
    expect(needs).toHaveLength(1);
    expect(needs[0]).toMatchObject({
      first: { thread: "munmap", step: "vma_mark_detached", event: 7 },
      second: { thread: "shrinker", step: "zap_page_range_single", event: 20 },
    });
    expect(reversals.map(({ first, second }) => [first.step, second.step])).toContainEqual([
      "mmap_write_downgrade",
      "mmap_read_trylock",
    ]);
    const { stdout } = await faultline(args, cwd);
    expect(stdout).toContain("needs     munmap 7 (vma_mark_detached) before shrinker 20 (zap_page_range_single)");
  });

  it("--all and --explain stop when time is up, and say what they left open", async () => {
    writeFileSync(join(cwd, "wide.ts"), WIDE);
    const args = ["check", "./wide.ts", "--all", "--explain", "--max-seconds", "2", "--out", "wide"];
    const start = performance.now();
    const { results } = await json<{ results: Result[] }>(args, cwd);
    expect(performance.now() - start).toBeLessThan(20_000);
    const { verdict, stopped, allPairs, allPairsStopped, violations } = results[0]!;
    // Every ordering was covered before.
    expect({ verdict, stopped }).toEqual({ verdict: "violation", stopped: null });
    expect({ allPairs, allPairsStopped }).toEqual({ allPairs: false, allPairsStopped: "time is up" });
    expect(violations.map(({ rule }) => rule)).toEqual(["HEAP-LIVE"]);
    const { explanation } = violations[0]!;
    expect(explanation).toMatchObject({ verdict: "undecided", stopped: "time is up", needs: [], reversals: [] });
    expect(explanation!.undecided.length).toBeGreaterThan(0);
    const { code, stdout } = await faultline(args, cwd);
    expect(code).toBe(1);
    expect(stdout).toContain("pairs     perhaps not all: time is up");
    expect(stdout).toContain("needs     not decided: time is up");
    expect(stdout).toContain("undone by 2 pairs of steps not decided: time is up");
  });

  it("--ablate tells what each lock, check and reference protects against", async () => {
    const args = ["check", "G02", "--variant", "fixed", "--ablate"];
    const { results } = await json<{ results: Result[] }>(args, cwd);
    const { verdict, ablations = [] } = results[0]!;
    expect(verdict).toBe("clean");
    const of = (kind: string, what: string): unknown[] =>
      ablations.filter((one) => one.thread === "shrinker" && one.kind === kind && one.what.startsWith(what));
    expect(of("check", "vma_lookup")).toMatchObject([
      { verdict: "needed", rules: [{ rule: "VMA-LIVE", severity: "S0" }] },
    ]);
    expect(of("reference", "mm_users")).toMatchObject([{ verdict: "needed", rules: [{ rule: "MM-ACCESS" }] }]);
    expect(of("lock", "alloc mutex")).toMatchObject([{ verdict: "not-needed", rules: [] }]);
    const { code, stdout } = await faultline(args, cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/check +vma_lookup = vma:0#1 in +S0 memory safety: VMA-LIVE/);
    expect(stdout).toContain("not needed by any rule here");
    expect(stdout).toMatch(/never executed, so not left out: .*shrinker\s+mmap_write_trylock/s);
  });
});
