import { holdAgainst, parseOperations, PLAIN_MACHINE } from "@faultline/oracle";
import { expect, test } from "vitest";
import { WatchedProcess } from "./helpers/watched-process.ts";

const ANON = "rd wr mr mw me ac ";

// What 6.18.44 gives: the copy goes between two areas that are like it, one of them its own source, which goes.
test("MREMAP_DONTUNMAP into the gap before its source leaves one area, and touches nothing that is gone", () => {
  const operations = parseOperations(
    [
      "mmap 0x4000 0x2000 rw PFA -1 0",
      "mmap 0x8000 0x2000 rw PFA -1 0",
      "mremap 0x8000 0x2000 0x2000 7 0x6000",
      "w 0x5000",
      "w 0x9000",
    ].join("\n"),
  );
  const given = [
    { ret: "4000", vmas: [[4, 6, "rw-p", 0, "-", ANON]], pg: "" },
    {
      ret: "8000",
      vmas: [
        [4, 6, "rw-p", 0, "-", ANON],
        [8, 10, "rw-p", 0, "-", ANON],
      ],
      pg: "",
    },
    { ret: "6000", vmas: [[4, 10, "rw-p", 0, "-", ANON]], pg: "" },
    { touch: "0", vmas: [[4, 10, "rw-p", 0, "-", ANON]], pg: ".....A" },
    { touch: "0", vmas: [[4, 10, "rw-p", 0, "-", ANON]], pg: ".....A...A" },
  ] as const;
  const results = given.map((one, i) => ({ i, op: operations[i]!.text, ...one }));
  const process = new WatchedProcess({ profile: "linux-6.18", machine: PLAIN_MACHINE });
  expect(holdAgainst(process, operations, results)).toEqual({ lines: 5, refused: 0, differences: [] });
  expect(process.wrong).toEqual([]);
});
