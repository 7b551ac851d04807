import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { kernelMachine, kernelNames } from "@faultline/mm";
import { beforeAll, describe, expect, it } from "vitest";
import { readModule } from "../src/coverage/declarations.ts";
import { corpus, type CorpusItem, type CorpusRun, type Coverage, measureCoverage, readUniverse } from "../src/index.ts";

const root = join(import.meta.dirname, "../../mm/src");

/** The model's source text. */
function modelSources(): Map<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Map(files.map((file) => [file.split(sep).join("/"), readFileSync(join(root, file), "utf8")]));
}

const sources = modelSources();
const universe = readUniverse(sources);
const item = (id: string): CorpusItem => corpus.find((one) => one.id === id)!;

let coverage: Coverage;
const runs: CorpusRun[] = [];

beforeAll(() => {
  coverage = measureCoverage(universe, corpus, (run) => runs.push(run));
});

describe("the corpus", () => {
  it("reaches every step of every procedure, every value of every knob and every rule", () => {
    expect(coverage.uncovered).toEqual([]);
  });

  it("has items of unique names, each of which is explored to its end", () => {
    expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
    for (const { item, variant, outcome } of runs) {
      expect(outcome.stopped, `${item.id} ${variant}`).toBeUndefined();
    }
  });

  it("does what it declares, under every profile", () => {
    for (const run of runs) expect(differenceOf(run), `${run.item.id} ${run.variant} ${run.profile}`).toEqual([]);
  });
});

/** What an item did otherwise than it declares; the steps that make it clean are those of its own profile. */
function differenceOf({ item: { scenario }, variant, profile, outcome, executed }: CorpusRun): string[] {
  const expected = scenario.expect[variant];
  if (expected === undefined) return []; // the designs are compared, in another test
  const broken = outcome.findings.map(({ violation }) => violation);
  if ("clean" in expected) {
    const missed = profile === null ? expected.clean.filter((step) => !executed.has(step)) : [];
    return [...broken.map(({ message }) => message), ...missed.map((step) => `never ran ${step}`)];
  }
  const declared = broken.filter(({ rule }) => expected.breaks.includes(rule.name));
  const others = broken.filter(({ rule, severity }) => severity <= "S1" && !expected.breaks.includes(rule.name));
  const worst = broken.map(({ severity }) => severity).sort()[0] ?? "none";
  return [
    ...(declared.length === 0 ? [`does not break ${expected.breaks.join(" or ")}`] : []),
    ...(worst > expected.severity ? [`its worst is ${worst}`] : []),
    ...others.map(({ message }) => message),
  ];
}

describe("what there is to be reached", () => {
  it("is read off the source text: every procedure and every step that the machine knows", () => {
    const declared = [...sources].flatMap(([path, text]) => [...readModule(path, text).declared.values()]);
    const steps = new Set(declared.filter(({ kind }) => kind === "step").map(({ name }) => name));
    expect([...kernelMachine.steps.keys()].filter((op) => !steps.has(op))).toEqual([]);
    for (const name of kernelNames.values()) {
      expect(steps.has(name) || universe.procedures.has(name), name).toBe(true);
    }
    const calls = [...sources.values()].flatMap((text) => [...text.matchAll(/\bprocedure\(\s*"([^"]+)"/g)]);
    expect(new Set(calls.map(([, name]) => name))).toEqual(new Set(universe.procedures.keys()));
  });

  it("follows helpers and imports, and minds neither comments, nor strings, nor types", () => {
    const { procedures } = readUniverse(
      new Map([
        ["kernel/profile.ts", 'export interface Knobs {\n  readonly form: "a" | "b";\n  readonly on: boolean;\n}\n'],
        ["events/some.ts", 'export const first: Step<[], null> = step("first", () => null);\n'],
        [
          "kernel/some.ts",
          [
            'import { first as one } from "../events/some.ts";',
            'const second: Step<[], null> = made("second", 1);',
            "const table = [second];",
            "function* helper(): Steps<ReturnType<typeof third>> {",
            "  for (const step of table) yield* step();",
            "}",
            'export const outer: Procedure<[], null> = procedure("outer", function* () {',
            '  yield* one(); // third(), "third"',
            '  if ("third" === other.third) yield* helper();',
            "});",
            'const third: Procedure<[], null> = procedure("third", function* () {});',
          ].join("\n"),
        ],
      ]),
    );
    expect([...procedures.get("outer")!].sort()).toEqual(["step first", "step second"]);
    expect([...procedures.get("third")!]).toEqual([]);
  });

  it("has the knobs with every value that their types allow", () => {
    expect(universe.knobs.get("munmapDowngrade")).toEqual(["never", "unless-next-to-stack", "always"]);
    expect(universe.knobs.get("forkVw")).toEqual([true, false]);
    expect(universe.knobs.get("injectFailures")).toContain("fatal-signal");
    expect([...universe.knobs.values()].filter((values) => values.length < 2)).toEqual([]);
  });

  it("is not there without the type of what a knob lists", () => {
    const without = new Map([...sources].filter(([path]) => path !== "objects/failure.ts"));
    expect(() => readUniverse(without)).toThrow("a list of Failure, which no source text");
  });

  it("is not there without the model's sources", () => {
    expect(() => readUniverse(new Map())).toThrow("source text of the model");
  });
});

describe("what is not reached is told", () => {
  it("a step that a procedure mentions and no run executes", () => {
    const dead = sources.get("kernel/mlock.ts")!.replace("mmapWriteUnlock }", "mmapWriteUnlock, mmapWriteDowngrade }");
    const mentioned = dead.replace("yield* mmapWriteUnlock(mm);", "$& if (at < 0) yield* mmapWriteDowngrade(mm);");
    const changed = readUniverse(new Map([...sources, ["kernel/mlock.ts", mentioned]]));
    const [before, after] = [universe, changed].map((all) => measureCoverage(all, [item("mappings/lock")]).uncovered);
    expect(after!.filter((line) => !before!.includes(line))).toEqual([
      "procedure mlock never reached mmap_write_downgrade",
    ]);
  });

  it.each([
    ["mappings/lock", "procedure mlock was never entered"],
    ["mappings/lock", "step vm_flags_reset_once was never executed"],
    ["locks/plain", "knob rwsem was never asked while plain"],
    ["broken/file-put-twice", "rule FILE-REF was never broken"],
  ])("without %s: %s", (id, line) => {
    expect(measureCoverage(universe, [item("waits/words")]).uncovered).toContain(line);
    expect(measureCoverage(universe, [item(id)]).uncovered).not.toContain(line);
  });

  it("a knob that is set and never asked does not count", () => {
    const { knobs } = measureCoverage(universe, [item("waits/words")]);
    expect(knobs.flatMap(({ values }) => values).every(({ items }) => items === 0)).toBe(true);
  });
});
