import { builtinModules } from "node:module";
import { ESLint } from "eslint";
import fc from "fast-check";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";

// The boundaries need no types, and files that exist only in this test have none.
const eslint = new ESLint({
  overrideConfig: [tseslint.configs.disableTypeChecked, { rules: { "steps/awaited": "off" } }],
});

/** The rules that `source` breaks when it stands in `filePath`. */
async function broken(filePath: string, source: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${source}\n`, { filePath });
  // A file that eslint ignores or cannot parse proves nothing: its message has no rule and shows here.
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

const mm = "packages/mm/src/made-up.ts";
const interleave = "packages/interleave/src/made-up.ts";

const forbidden: [why: string, rule: string, filePath: string, source: string][] = [
  ["mm reads a file", "no-restricted-imports", mm, `import "node:fs";`],
  ["mm reads a file, old spelling", "no-restricted-imports", mm, `import "fs/promises";`],
  ["mm imports at run time", "no-restricted-syntax", mm, `void import("node:fs");`],
  ["mm imports trace", "no-restricted-imports", mm, `import "@faultline/trace";`],
  ["mm imports the command", "no-restricted-imports", mm, `import "faultline";`],
  ["mm imports trace's sources", "no-restricted-imports", mm, `import "../../trace/src/index.ts";`],
  [
    "mm's tests import interleave",
    "no-restricted-imports",
    "packages/mm/test/made-up.test.ts",
    `import "@faultline/interleave";`,
  ],
  ["interleave imports trace", "no-restricted-imports", interleave, `import "@faultline/trace";`],
  [
    "interleave imports trace's types",
    "no-restricted-imports",
    interleave,
    `export type { Trace } from "@faultline/trace";`,
  ],
  [
    "trace imports interleave",
    "no-restricted-imports",
    "packages/trace/src/made-up.ts",
    `import "@faultline/interleave";`,
  ],
  ["gallery imports trace", "no-restricted-imports", "packages/gallery/src/made-up.ts", `import "@faultline/trace";`],
  ["mm asks the time", "no-restricted-globals", mm, `export const t: number = Date.now();`],
  ["mm asks the time, fine", "no-restricted-globals", mm, `performance.now();`],
  ["mm asks for luck", "no-restricted-properties", mm, `export const r: number = Math.random();`],
  ["mm asks the locale", "no-restricted-properties", mm, `"a".localeCompare("b");`],
  ["mm goes round the bans", "no-restricted-globals", mm, `globalThis.Date.now();`],
  ["interleave prints", "no-restricted-globals", interleave, `console.log("x");`],
  ["interleave looks around", "no-restricted-globals", interleave, `process.exit();`],
  ["interleave waits", "no-restricted-globals", interleave, `setTimeout(() => {}, 0);`],
  ["a default export", "no-restricted-syntax", mm, `export default 1;`],
  ["a default export by renaming", "no-restricted-syntax", mm, `const a = 1; export { a as default };`],
  ["export *", "no-restricted-syntax", interleave, `export * from "./other.ts";`],
  ["any", "@typescript-eslint/no-explicit-any", mm, `export type Anything = any;`],
  ["a file of 301 lines", "max-lines", mm, "export {};\n".repeat(301)],
];

const allowed: [why: string, filePath: string, source: string][] = [
  ["interleave imports mm", interleave, `import "@faultline/mm";`],
  ["trace reads a file", "packages/trace/src/made-up.ts", `import "node:fs";`],
  ["the command imports all", "packages/cli/src/made-up.ts", `import "@faultline/trace";`],
  ["a gallery entry", "packages/gallery/src/entries/made-up.ts", `export default 1;`],
  ["a scenario", "test/made-up.scenario.ts", `export default 1;`],
  ["a retry loop", mm, `export function spin(): void { while (true); }`],
  ["300 lines and a comment", mm, `${"export {};\n".repeat(300)}\n// more`],
];

describe("the lint bites", () => {
  it.each(forbidden)("%s: %s", async (_why, rule, filePath, source) => {
    expect(await broken(filePath, source)).toContain(rule);
  });
});

describe("a step that is written is awaited there", () => {
  // Only files that there are have types.
  const typed = new ESLint();
  const filePath = "packages/mm/src/kernel/mdwe.ts";
  const problems = async (body: string): Promise<string[]> => {
    const text = `import { mmFlagsTest } from "../events/mm-flag-steps.ts";
import type { Steps } from "../events/step.ts";
const mdwe = (mm: number): Steps<boolean> => mmFlagsTest(mm, "mdwe");
export function* f(mm: number, want: boolean): Steps<boolean> {
${body}
}
`;
    const [result] = await typed.lintText(text, { filePath });
    return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  };

  it.each([
    ["forgotten", "  mdwe(mm);\n  return want;"],
    ["forgotten, behind a condition", "  want && mdwe(mm);\n  return want;"],
    ["kept for later", "  const steps = mdwe(mm);\n  return yield* steps;"],
    ["kept for later, or not", "  const steps = want ? mdwe(mm) : f(mm, true);\n  return yield* steps;"],
    ["kept for later in what there is", "  let steps: Steps<boolean>;\n  steps = f(mm, want);\n  return yield* steps;"],
  ])("%s", async (_how, body) => {
    expect(await problems(body)).toContain("steps/awaited");
  });

  it("awaited, or handed on", async () => {
    const body = `  const here = yield* mdwe(mm);
  const other = (): Steps<boolean> => (want ? mdwe(mm) : f(mm, here));
  return yield* other();`;
    expect(await problems(body)).toEqual([]);
  });
});

describe("no spelling of a built-in module gets into a pure package", () => {
  const name = fc.constantFrom(...builtinModules);
  const specifier = fc.oneof(
    name,
    name.map((bare) => `node:${bare.replace(/^node:/, "")}`),
  );
  const statement = fc.constantFrom(
    (from: string) => `import "${from}";`,
    (from: string) => `import * as everything from "${from}"; export { everything };`,
    (from: string) => `export type { Thing } from "${from}";`,
    (from: string) => `void import("${from}");`,
  );

  it.each([mm, interleave])("%s", async (filePath) => {
    await fc.assert(
      fc.asyncProperty(specifier, statement, async (from, write) => {
        expect(await broken(filePath, write(from))).toContainEqual(
          expect.stringMatching(/^no-restricted-(imports|syntax)$/),
        );
      }),
    );
  });
});

describe("the lint lets pass", () => {
  it.each(allowed)("%s", async (_why, filePath, source) => {
    expect(await broken(filePath, source)).toEqual([]);
  });
});
