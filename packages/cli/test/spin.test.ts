import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePan } from "../src/bench/peer/pan-output.ts";
import { findSpin, runSpin, type SpinCell } from "../src/bench/peer/spin.ts";

const spin = await findSpin();
const limits = { seconds: 120, bytes: 2e9 };
const cell: SpinCell = { n: 1, p: 1, vmaLock: false };

// Published for the same protocol: states stored and transitions.
const published: [cell: SpinCell, states: number, transitions: number][] = [
  [{ n: 1, p: 1, vmaLock: false }, 2_057, 3_157],
  [{ n: 2, p: 1, vmaLock: false }, 12_842, 22_800],
  [{ n: 3, p: 1, vmaLock: false }, 86_423, 174_694],
  [{ n: 1, p: 2, vmaLock: false }, 7_533, 11_783],
  [{ n: 3, p: 3, vmaLock: false }, 796_543, 1_611_710],
  [{ n: 2, p: 1, vmaLock: false, reductions: false }, 28_559, 97_165],
  [{ n: 2, p: 2, vmaLock: false, reductions: false }, 102_759, 360_822],
  [{ n: 3, p: 1, vmaLock: true }, 133_227, 279_867],
  [{ n: 2, p: 2, vmaLock: true }, 65_743, 122_694],
  [{ n: 3, p: 1, vmaLock: false, downgrade: false }, 55_391, 115_544],
];

// Without spin and gcc there is nothing to hold the model against; whoever has them runs these.
describe.skipIf(spin.missing !== undefined)(`the Promela model (${spin.missing ?? spin.name})`, () => {
  it.each(published)("%o: %i states, %i transitions", async (size, states, transitions) => {
    expect(await runSpin(spin, size, limits)).toMatchObject({ finished: true, errors: 0, states, transitions });
  });

  it.each([
    { bug: 1, vmaLock: true },
    { bug: 2, vmaLock: false },
    { bug: 2, vmaLock: true },
  ])("finds the bug of $bug, VMA lock $vmaLock", async (seeded) => {
    const found = await runSpin(spin, { n: 2, p: 1, ...seeded }, limits);
    expect(found).toMatchObject({ finished: false, errors: 1, reason: "it found an error, where it stops" });
  });

  it("gives up in time, and tells how far it came", async () => {
    const found = await runSpin(spin, { n: 5, p: 3, vmaLock: false }, { ...limits, seconds: 1 });
    expect(found).toMatchObject({ finished: false, reason: "not in 1 s" });
    expect(found.states).toBeGreaterThan(0);
  });

  it("gives up where memory ends", async () => {
    const found = await runSpin(spin, { n: 4, p: 1, vmaLock: false }, { ...limits, bytes: 20e6 });
    expect(found).toMatchObject({ finished: false, reason: "out of memory" });
  });
});

describe("tools that are missing or fail are a reason, not a crash", () => {
  const folder = mkdtempSync(join(tmpdir(), "faultline-fake-"));
  const before = process.env["PATH"];

  /** A PATH on which these programs come first. */
  const onPath = (name: string, tools: Readonly<Record<string, string>>): void => {
    const bin = join(folder, name);
    mkdirSync(bin);
    for (const [tool, script] of Object.entries(tools)) {
      writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, tool), 0o755);
    }
    process.env["PATH"] = [bin, before].join(delimiter);
  };

  const SPIN = 'if [ "$1" = -V ]; then echo "Spin Version 6.5.2 -- 6 December 2019"; fi';
  const foldersLeft = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("faultline-spin-"));
  let leftBefore: string[];

  beforeAll(() => {
    leftBefore = foldersLeft();
  });
  afterAll(() => {
    process.env["PATH"] = before;
    rmSync(folder, { recursive: true });
  });

  it("another program called spin", async () => {
    onPath("other", { spin: "echo spin 2.0" });
    expect(await findSpin()).toEqual({ name: "SPIN", missing: "spin on the PATH is another program" });
  });

  it("no compiler", async () => {
    onPath("compiler", { spin: SPIN, gcc: "exit 127" });
    expect(await findSpin()).toEqual({ name: "SPIN 6.5.2", missing: "gcc is not installed" });
    expect(await runSpin(await findSpin(), cell, limits)).toMatchObject({
      finished: false,
      reason: "gcc is not installed",
    });
  });

  it.each([
    [
      "generating",
      { spin: `${SPIN}; if [ "$1" = -a ]; then echo "mm.pml:1, syntax error"; exit 1; fi`, gcc: "" },
      "spin -a failed with code 1: mm.pml:1, syntax error",
    ],
    [
      "compiling",
      { spin: SPIN, gcc: 'if [ "$1" != --version ]; then echo "pan.c: no such file" >&2; exit 4; fi' },
      "gcc failed with code 4: pan.c: no such file",
    ],
    [
      "a verifier that crashes",
      { spin: SPIN, gcc: 'printf "#!/bin/sh\\nkill -SEGV \\$\\$\\n" >pan; chmod +x pan' },
      /^(pan failed|its output has no number)/,
    ],
    ["no verifier", { spin: SPIN, gcc: "" }, /^(pan failed|its output has no number)/],
  ])("%s", async (name, tools, reason) => {
    onPath(name, tools);
    const found = await runSpin(await findSpin(), cell, limits);
    expect(found).toMatchObject({ finished: false, reason: expect.stringMatching(reason) as string, states: null });
    expect(foldersLeft()).toEqual(leftBefore);
  });
});

describe("what pan prints", () => {
  const text = (states: string): string => `
State-vector 56 byte, depth reached 84, errors: 0
${states} states, stored
    22800 transitions (= stored+matched)
    6.372	total actual memory usage
`;

  it("is read", () => {
    expect(parsePan(text("    12842"))).toEqual({
      states: 12_842,
      transitions: 22_800,
      errors: 0,
      bytes: 6_372_000,
      incomplete: undefined,
    });
  });

  it.each([
    ["1.0756511e+08", 107_565_110],
    ["   18525860", 18_525_860],
  ])("with %s states", (printed, states) => {
    expect(parsePan(text(printed)).states).toBe(states);
  });

  it.each([
    ["pan: reached -DMEMLIM bound", "out of memory"],
    ["error: max search depth too small", "its search depth was too small"],
    ["Interrupted", "interrupted"],
    ["Warning: Search not completed", "its search was not completed"],
  ])("with %s", (sign, incomplete) => {
    expect(parsePan(`${sign}\n${text("1")}`).incomplete).toBe(incomplete);
  });

  it("and where it printed nothing", () => {
    expect(parsePan("")).toMatchObject({ states: undefined, incomplete: "its output has no number of states" });
  });
});
