import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const readme = join(root, "README.md");
const command = join(root, "packages/cli/bin/faultline.js");

/** What the block behind this comment should hold. */
const blocks: Record<string, () => string> = {
  "output of: faultline check": () => {
    const folder = mkdtempSync(join(tmpdir(), "faultline-readme-"));
    try {
      const output = execFileSync(process.execPath, [command, "check"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, COLUMNS: "110", NO_COLOR: "1" },
      });
      return `\`\`\`text\n${output.trimEnd()}\n\`\`\``;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  "file: packages/gallery/src/entries/g02-binder-shrink-downgraded-munmap.ts": () =>
    `\`\`\`ts\n${readFileSync(join(root, "packages/gallery/src/entries/g02-binder-shrink-downgraded-munmap.ts"), "utf8").trimEnd()}\n\`\`\``,
};

const timeless = (text: string): string => text.replace(/\d+\.\d+ s\b/g, "0.00 s");

describe("README", () => {
  it.each(Object.entries(blocks))("shows the real %s (UPDATE_README=1 writes it)", (name, make) => {
    const text = readFileSync(readme, "utf8");
    const [head, tail] = [`<!-- ${name} -->\n\n`, "\n\n<!-- end -->"];
    const start = text.indexOf(head) + head.length;
    const end = text.indexOf(tail, start);
    expect(start).toBeGreaterThan(head.length);
    const made = make();
    if (process.env["UPDATE_README"] === "1") writeFileSync(readme, text.slice(0, start) + made + text.slice(end));
    else expect(timeless(text.slice(start, end))).toBe(timeless(made));
  });

  it("has the two commands of a fresh clone at its top", () => {
    const top = readFileSync(readme, "utf8").split("\n").slice(0, 12).join("\n");
    expect(top).toContain("    npm ci && npx --no faultline check\n");
    expect(top).toContain("    npm cit\n");
  });
});
