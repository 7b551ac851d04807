import { OperationError, parseOperations, WINDOW_START } from "@faultline/oracle";
import { describe, expect, test } from "vitest";

const WINDOW = BigInt(WINDOW_START);

describe("an operation list", () => {
  test("names system calls with offsets into the window, numbers and letters", () => {
    const list = parseOperations(
      "mmap 0x4000 0x2000 rw PFA -1 0   # a comment\n\n  r =0x1000\nw -0x1000\nfork w 0x4000\nmremap 0 1 010 3 0x20000\n",
    );
    expect(list).toEqual([
      {
        op: "mmap",
        address: WINDOW + 0x4000n,
        length: 0x2000n,
        prot: 3n,
        flags: 0x32n,
        fd: -1,
        offset: 0n,
        line: 1,
        text: "mmap 0x4000 0x2000 rw PFA -1 0",
      },
      { op: "r", address: 0x1000n, line: 3, text: "  r =0x1000" },
      { op: "w", address: WINDOW - 0x1000n, line: 4, text: "w -0x1000" },
      { op: "fork", touch: "w", address: WINDOW + 0x4000n, line: 5, text: "fork w 0x4000" },
      {
        op: "mremap",
        address: WINDOW,
        oldLength: 1n,
        newLength: 8n,
        flags: 3n,
        newAddress: WINDOW + 0x2_0000n,
        line: 6,
        text: "mremap 0 1 010 3 0x20000",
      },
    ]);
  });

  test("keeps all 64 bits, and no more", () => {
    const [wide, wider] = parseOperations("munmap 0 0xffffffffffffffff\nmunmap 0 0x1ffffffffffffffff");
    expect(wide).toMatchObject({ length: 2n ** 64n - 1n });
    expect(wider).toMatchObject({ length: 2n ** 64n - 1n });
  });

  test.each([
    ["mumap 0 1", "mumap"],
    ["munmap 0", "a length is missing"],
    ["munmap 0 1 2", '"2" is one word too many'],
    ["munmap 0 0x", '"0x" is no number'],
    ["mmap 0 1 rq PA -1 0", '"q" is not one of rwx-'],
    ["mmap 0 1 r PX -1 0", '"X" is not one of'],
    ["mmap 0 1 r PA m2 0", '"m2" is not one of m0, m1'],
    ["fork x 0", '"x" is not one of none, r, w'],
  ])("that holds %j is refused with the number of the line", (bad, reason) => {
    const parse = () => parseOperations(`munmap 0 1\n${bad}\n`);
    expect(parse).toThrow(OperationError);
    expect(parse).toThrow(`line 2 is no operation`);
    expect(parse).toThrow(reason);
  });
});
