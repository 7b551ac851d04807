import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { holdCommand } from "../src/command/hold-command.ts";
import { main } from "../src/command/main.ts";
import { holdRecord } from "../src/live/hold-record.ts";
import { readMachine } from "../src/live/read-machine.ts";
import { PLAIN_MACHINE } from "../src/process/machine.ts";
import { fixtures } from "./fixtures/machines.ts";

const folder = mkdtempSync(join(tmpdir(), "faultline-hold-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const LIST = ["mmap 0x4000 0x2000 rw PFA -1 0", "w 0x4000", "munmap 0 0"];
const FLAGS = "rd wr mr mw me ac ";
const RESULTS = [
  { i: 0, op: LIST[0], ret: "4000", vmas: [[4, 6, "rw-p", 0, "-", FLAGS]], pg: "" },
  { i: 1, op: LIST[1], touch: "0", vmas: [[4, 6, "rw-p", 0, "-", FLAGS]], pg: "....A" },
  { i: 2, op: LIST[2], err: "EINVAL", vmas: [[4, 6, "rw-p", 0, "-", FLAGS]], pg: "....A" },
];
const lines = (results: readonly object[]): string => results.map((one) => `${JSON.stringify(one)}\n`).join("");
const list = write("list.ops", `${LIST.join("\n")}\n`);
const hold = (results: string) => holdRecord(list, results, "linux-6.12", PLAIN_MACHINE);

describe("a recorded list", () => {
  test("agrees, packed or not", () => {
    for (const path of [write("a.jsonl", lines(RESULTS)), write("a.jsonl.gz", gzipSync(lines(RESULTS)))]) {
      expect(hold(path)).toEqual({ lines: 3, refused: 0, differences: [], machine: PLAIN_MACHINE });
    }
  });

  test("differs where a field does", () => {
    const [first, second, third] = RESULTS;
    const changed = [first!, { ...second, pg: "....z" }, { ...third, err: "ENOMEM" }];
    expect(hold(write("b.jsonl", lines(changed))).differences).toMatchObject([
      { i: 1, field: "pg", expected: '"....z"', got: '"....A"' },
      { i: 2, field: "ret", expected: '"ENOMEM"', got: '"EINVAL"' },
    ]);
  });

  test("skips what the recording program refused", () => {
    const refused = [...RESULTS.slice(0, 2), { i: 2, op: LIST[2], err: "EXFULL" }];
    expect(hold(write("c.jsonl", lines(refused)))).toMatchObject({ lines: 2, refused: 1, differences: [] });
  });

  test.each([
    ["cut", lines(RESULTS.slice(0, 2)), "none of line 3 of"],
    ["longer", lines([...RESULTS, RESULTS[2]!]), "has results of 4 operations"],
    ["another", lines([RESULTS[1]!]), 'has "w 0x4000" where line 1'],
    ["no-json", "mmap\n", "line 1 of the results is no result"],
  ])("whose results are %s is refused", (name, text, reason) => {
    expect(() => hold(write(`${name}.jsonl`, text))).toThrow(reason);
  });

  test("has a machine of its own", () => {
    expect(readMachine('{"softDirty":true}')).toEqual({ ...PLAIN_MACHINE, softDirty: true });
    expect(() => readMachine('{"softdirty":true}')).toThrow("no machine knob is called softdirty");
    expect(() => readMachine('{"pku":1}')).toThrow("pku must be a boolean");
    expect(() => readMachine("nowhere.json")).toThrow("nowhere.json cannot be read");
  });

  test("ends with 0, 1 or 2", async () => {
    const good = write("good.jsonl", lines(RESULTS));
    const bad = write("bad.jsonl", lines([RESULTS[0]!, RESULTS[1]!, { ...RESULTS[2], err: "ENOMEM" }]));
    const noList = write("bad.ops", "mmap 0\n");
    const args = (ops: string, results: string): string[] => [
      "--list",
      ops,
      "--against",
      results,
      "--profile",
      "linux-6.12",
    ];
    expect(await main(args(list, good))).toBe(0);
    expect(await main(args(list, bad))).toBe(1);
    expect(await main(args(noList, good))).toBe(2);
    expect(await main(["--list", list])).toBe(2);
    expect(await main(["--ops", "many"])).toBe(2);
  });
});

describe("the machine of a record", () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.gz`, import.meta.url));

  test.each(fixtures)("is read off the results: $list of $version, as the command is given", ({ list, version }) => {
    const said: string[] = [];
    const against = fixture(`${list}-${version}.jsonl`);
    const values = { list: fixture(`${list}.ops`), against, profile: `linux-${version}` };
    expect(holdCommand(values, (text) => said.push(text))).toBe(0);
    expect(said.at(-1)).toMatch(/^[0-9]+ lines, 0 differences$/u);
  });

  test("may be told, and then it is that one", () => {
    const { list, version } = fixtures.find(({ list: one, version: v }) => one === "err" && v === "6.1")!;
    const held = holdRecord(fixture(`${list}.ops`), fixture(`${list}-${version}.jsonl`), "linux-6.1", PLAIN_MACHINE);
    expect(held.differences.length).toBeGreaterThan(0);
  });
});
