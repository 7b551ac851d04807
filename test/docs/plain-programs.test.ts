import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answers } from "./use-lost-update.ts";

const docs = readFileSync(join(import.meta.dirname, "../../docs/plain-programs.md"), "utf8");

describe("docs/plain-programs.md", () => {
  it.each(["lost-update.ts", "use-lost-update.ts"])("shows %s as it is", (file) => {
    const code = readFileSync(join(import.meta.dirname, file), "utf8").trimEnd();
    expect(docs).toContain(`\`\`\`ts\n// ${file}\n${code}\n\`\`\``);
  });

  it("says what it gives", () => {
    const found = answers();
    expect(found).toEqual({
      ends: [41, 42],
      runs: 3,
      blocked: 0,
      interleavings: 3n,
      classes: 3n,
      verdict: "clean",
      seen: 3,
    });
    expect(docs).toContain(`has ${String(found["interleavings"])} interleavings, and as many classes`);
  });
});
