import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, it } from "vitest";
import { emptyFolder, faultline } from "./helpers/faultline.ts";
import { expectGolden } from "./helpers/golden.ts";

const cwd = emptyFolder();
const trace = "faultline-out/G02-buggy-VMA-LIVE.fltrace";
const lists = {
  "mapped.ops": "mmap 0x10000 0x2000 rw PFA -1 0",
  "munmap.ops": "munmap 0x10000 0x2000",
  "touch.ops": "r 0x10000\nw 0x11000",
};
const results = ["results", "munmap.ops", "touch.ops", "--setup", "mapped.ops"];

beforeAll(async () => {
  for (const [name, text] of Object.entries(lists)) writeFileSync(join(cwd, name), `${text}\n`);
  await faultline(["check", "G02", "--quiet"], cwd);
});

// The text of a report is the product. UPDATE_GOLDEN=1 rewrites the files; read the difference.
describe.concurrent("golden text", () => {
  it.each([
    ["check", ["check"]],
    ["check-g03-buggy", ["check", "G03", "--variant", "buggy"]],
    ["check-g08", ["check", "G08"]],
    ["check-wide", ["check", "G02", "--variant", "buggy", "--width", "150"]],
    ["check-narrow", ["check", "G02", "--variant", "buggy", "--width", "60"]],
    ["check-explain", ["check", "G51", "--variant", "buggy", "--explain", "--all"]],
    ["check-ablate", ["check", "G10", "--variant", "fixed", "--ablate"]],
    ["check-classes", ["check", "G02", "--engine", "classes", "--count"]],
    ["check-random", ["check", "G02", "--engine", "random", "--runs", "200"]],
    ["check-walk", ["check", "G02", "--variant", "fixed", "--engine", "random", "--strategy", "walk", "--runs", "20"]],
    ["gallery", ["gallery"]],
    ["gallery-classes", ["gallery", "vmalock", "--engine", "classes"]],
    ["replay", ["replay", trace]],
    ["bisect", ["bisect", trace, "--scan"]],
    ["show", ["show", trace]],
    ["show-at", ["show", trace, "--at", "4", "--around", "1"]],
    ["show-at-full", ["show", trace, "--at", "5", "--full"]],
    ["record", ["record", "G02", "--variant", "buggy", "--seed", "3", "--out", "run.fltrace"]],
    ["results", results],
    ["results-schedule", [...results, "--schedule", "AQADAhUBFwIGANXVTg"]],
    ["help", ["--help"]],
    ["help-check", ["check", "--help"]],
  ])("%s", async (name, args) => {
    expectGolden(name, (await faultline(args, cwd)).stdout);
  });
});
