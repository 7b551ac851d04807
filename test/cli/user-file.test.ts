import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, faultline, root } from "./helpers/faultline.ts";

const entries = join(root, "packages/gallery/src/entries");
const flagshipPath = join(
  entries,
  readdirSync(entries).find((name) => name.startsWith("g02"))!,
);
const flagship = readFileSync(flagshipPath, "utf8");

/** Files that a file imports by a relative path. */
function relativesOf(path: string): string[] {
  const imports = readFileSync(path, "utf8").matchAll(/from "(\.\.?\/[^"]+)"/g);
  return [...imports].map(([, specifier]) => join(dirname(path), specifier!));
}

/** Copies a file with what it imports, keeping where they stand to each other. */
function copyWithImports(path: string, from: string, to: string): void {
  const target = join(to, relative(from, path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, readFileSync(path));
  for (const imported of relativesOf(path)) copyWithImports(imported, from, to);
}

/** A scenario in which one thread has room for a mistake, on line 12. */
const GOOD = `import { scenario } from "@faultline/interleave";

type Handles = { readonly mm: number };

export default scenario({
  title: "a scenario of the user's own",
  profile: "linux-6.6",
  variants: { only: {} },
  setup: (k): Handles => ({ mm: k.mm() }),
  threads: ({ mm }: Handles) => ({
    *reader(k) {
      yield* k.mmget(mm);
      yield* k.mmapReadLock(mm);
      yield* k.mmapReadUnlock(mm);
      yield* k.mmputAsync(mm);
    },
  }),
});
`;

function withLine(number: number, text: string): string {
  return GOOD.split("\n")
    .with(number - 1, text)
    .join("\n");
}

async function checkText(source: string, name = "mine.ts"): ReturnType<typeof faultline> {
  const folder = emptyFolder();
  writeFileSync(join(folder, name), source);
  return faultline(["check", `./${name}`], folder);
}

describe("the flagship's source, copied out of the clone", () => {
  it.skipIf(relativesOf(flagshipPath).length > 0)("gives the same verdict from an empty folder", async () => {
    const { code, stdout } = await checkText(flagship, "it.ts");
    expect(stdout).toMatch(/it buggy {2}VIOLATION {2}VMA-LIVE, S0/);
    expect(stdout).toMatch(/it fixed {2}CLEAN/);
    expect(code).toBe(1);
  });

  it("gives the same verdict with the files that it imports", async () => {
    const folder = emptyFolder();
    const sources = join(root, "packages/gallery/src");
    copyWithImports(flagshipPath, sources, folder);
    const { code, stdout } = await faultline(["check", relative(sources, flagshipPath), "--json"], folder);
    const { results } = JSON.parse(stdout) as { results: { verdict: string; states: number }[] };
    const own = await faultline(["check", "G02", "--json"], folder);
    const expected = JSON.parse(own.stdout) as { results: { verdict: string; states: number }[] };
    expect(results.map(({ verdict, states }) => [verdict, states])).toEqual(
      expected.results.map(({ verdict, states }) => [verdict, states]),
    );
    expect(code).toBe(1);
  });
});

describe.concurrent("a scenario file of the user's own", () => {
  it("runs as it is, types and all", async () => {
    expect(await checkText(GOOD)).toMatchObject({ code: 0, stderr: "" });
  });

  it("imports further files, by the name that they have or would have once compiled", async () => {
    const folder = emptyFolder();
    writeFileSync(
      join(folder, "mine.ts"),
      GOOD.replace('"linux-6.6"', "kernel").replace("\n\n", '\nimport { kernel } from "./kernel.ts";\n'),
    );
    writeFileSync(
      join(folder, "kernel.ts"),
      'import { name } from "./name.js";\nexport const kernel: string = name;\n',
    );
    writeFileSync(join(folder, "name.ts"), 'export const name: string = "linux-6.12";\n');
    const { stdout, stderr } = await faultline(["check", "mine.ts"], folder);
    expect(stderr).toBe("");
    expect(stdout).toContain("linux-6.12");
  });

  it("cannot spoil the JSON by printing", async () => {
    const source = withLine(12, '      console.log("hello"); yield* k.mmget(mm);');
    const folder = emptyFolder();
    writeFileSync(join(folder, "mine.ts"), source);
    const { stdout, stderr } = await faultline(["check", "mine.ts", "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ verdict: "clean" }] });
    expect(stderr).toContain("hello");
  });

  it.each([
    {
      mistake: "an error in a thread",
      line: 12,
      text: "throw new Error('oh');",
      says: "E_THREAD_THROWS: mine.ts:12:13: thread reader: threw: oh",
    },
    { mistake: "a number", line: 12, text: "yield 7 as never;", says: "E_THREAD_YIELD: mine.ts:12:7" },
    {
      mistake: "a step without its star",
      line: 12,
      text: "yield k.mmget(mm) as never;",
      says: "E_THREAD_YIELD: mine.ts:12:7",
    },
    {
      mistake: "chance",
      line: 12,
      text: "yield* k.writeOnce('x', Math.floor(Math.random() * 1e9));",
      says: "E_NONDETERMINISM: mine.ts:11:5",
    },
    { mistake: "a wrong argument", line: 12, text: "yield* k.getPage(null as never);", says: "E_STEP: mine.ts:11:5" },
    {
      mistake: "a loop without a step",
      line: 12,
      text: "for (;;) yield* k.frame(function* () { return null; });",
      says: "E_THREAD_ENDLESS: mine.ts:11:5",
    },
    {
      mistake: "endless recursion",
      line: 12,
      text: "(function f(): void { f(); })();",
      says: "E_THREAD_THROWS: mine.ts:12:",
    },
    {
      mistake: "an error in setup",
      line: 9,
      text: "  setup: (k): Handles => { throw new TypeError(`no ${k.mm()}`); },",
      says: "E_SETUP: mine.ts:9:34",
    },
    {
      mistake: "a set-up that waits",
      line: 9,
      text: "  setup(k): Handles { k.run(k.spinLock('a')); k.run(k.spinLock('a')); return { mm: 0 }; },",
      says: "E_SETUP: mine.ts:9:49",
    },
    { mistake: "an unknown kernel", line: 7, text: '  profile: "linux-0.1",', says: "E_PROFILE: mine.ts:" },
    { mistake: "no title", line: 6, text: "", says: "E_SCENARIO: mine.ts:5:16: a scenario's title" },
    {
      mistake: "a syntax error",
      line: 9,
      text: "  setup: (k): Handles = ({ mm: k.mm() }),",
      says: "E_SCENARIO_SYNTAX: mine.ts:9:",
    },
    { mistake: "an enum", line: 3, text: "enum Handles { mm }", says: "E_SCENARIO_SYNTAX: mine.ts:3:1" },
    {
      mistake: "a name that is not exported",
      line: 1,
      text: 'import { scenari as scenario } from "@faultline/interleave";',
      says: "E_SCENARIO_SYNTAX: mine.ts:1:",
    },
    {
      mistake: "a file that is not there",
      line: 2,
      text: 'import "./nowhere.ts";',
      says: "E_SCENARIO_IMPORT: mine.ts:2:8",
    },
    {
      mistake: "a package that is not there",
      line: 2,
      text: 'import "no-such-package-of-ours";',
      says: "E_SCENARIO_IMPORT: mine.ts:2:8",
    },
    {
      mistake: "a mistake at the top",
      line: 4,
      text: "(null as unknown as string[]).map(String);",
      says: "E_SCENARIO_THROWS: mine.ts:4:",
    },
    { mistake: "waiting for nothing", line: 4, text: "await new Promise(() => {});", says: "E_SCENARIO_WAITS" },
  ])("with $mistake says so, with the file's own line", async ({ line, text, says }) => {
    const { code, stdout, stderr } = await checkText(withLine(line, line === 12 ? `      ${text}` : text));
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout: stdout.includes("CLEAN") }).toEqual({ code: 2, stdout: false });
  });

  it.each([
    {
      exported: "nothing",
      source: "export const x = 1;\n",
      says: "E_SCENARIO_EXPORT: mine.ts: the file has no default export",
    },
    { exported: "a number", source: "\nexport default 42;\n", says: "E_SCENARIO_EXPORT: mine.ts:2:1" },
  ])("that exports $exported says so", async ({ source, says }) => {
    const { code, stderr } = await checkText(source);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it("can deadlock: the report says who waits and who holds what", async () => {
    const orders = { left: ["a", "b"], right: ["b", "a"] };
    const threads = Object.entries(orders).map(
      ([name, [one, two]]) =>
        `*${name}(k) { yield* k.mutexLock("${one}"); yield* k.mutexLock("${two}"); yield* k.mutexUnlock("${one}"); yield* k.mutexUnlock("${two}"); },`,
    );
    const body = GOOD.split("\n").toSpliced(10, 6, ...threads);
    const { code, stdout } = await checkText(body.join("\n"));
    expect(stdout).toContain("NO-STUCK, S4");
    expect(stdout).toContain("left waits in mutex_lock, right waits in mutex_lock");
    expect(stdout).toContain("left: lock:a (mutex); right: lock:b (mutex)");
    expect(code).toBe(1);
  });
});
