import { compareLines, type Difference, type ResultLine } from "@faultline/oracle";
import { describe, expect, test } from "vitest";

const LINE: ResultLine = {
  i: 7,
  op: "mmap 0x4000 0x1000 r PFA -1 0",
  ret: "4000",
  vmas: [[4, 5, "r--p", 0, "-", "rd mr mw me "]],
  pg: "....z",
};
const TOUCH: ResultLine = { i: 8, op: "r 0x4000", touch: "90" };
const CHILD: ResultLine = { i: 9, op: "fork r 0x4000", child: true, touch: "0" };

describe("two results of one operation", () => {
  test("that say the same do not differ, whatever stands behind the operation", () => {
    expect(compareLines(LINE, { ...LINE, op: `${LINE.op}  `, i: 3 })).toBeNull();
  });

  const { ret: _ret, ...silent } = LINE;
  const { child: _child, ...parent } = CHILD;
  test.each<[Difference["field"], string, ResultLine, ResultLine]>([
    ["op", "are of another operation", LINE, { ...LINE, op: "reset" }],
    ["ret", "return another value", LINE, { ...LINE, ret: "5000" }],
    ["ret", "return an errno and a value", LINE, { ...silent, err: "EINVAL" }],
    ["ret", "return another errno", { ...silent, err: "ENOMEM" }, { ...silent, err: "EINVAL" }],
    ["touch", "read another byte", TOUCH, { ...TOUCH, touch: "0" }],
    ["touch", "get a signal of another code", { ...TOUCH, touch: "SEGV/ACCERR" }, { ...TOUCH, touch: "SEGV/MAPERR" }],
    ["child", "are of the child and of its parent", CHILD, parent],
    ["vmas", "have another VMA", LINE, { ...LINE, vmas: [[4, 6, "r--p", 0, "-", "rd mr mw me "]] }],
    ["vmas", "have other flags", LINE, { ...LINE, vmas: [[4, 5, "r--p", 0, "-", "rd mr mw me lo "]] }],
    ["vmas", "have one VMA more", LINE, { ...LINE, vmas: [...LINE.vmas!, [6, 7, "r--p", 0, "-", "rd "]] }],
    ["vmas", "map another file", LINE, { ...LINE, vmas: [[4, 5, "r--p", 0, "m0", "rd mr mw me "]] }],
    ["pg", "have another page", LINE, { ...LINE, pg: "....A" }],
  ])("differ in %s where they %s", (field, _what, expected, got) => {
    expect(compareLines(expected, got)).toMatchObject({ i: expected.i, op: expected.op, field });
  });

  test("are not compared in what one of them does not tell", () => {
    const { vmas: _vmas, pg: _pg, ...bare } = LINE;
    expect(compareLines(bare, LINE)).toBeNull();
    expect(compareLines(LINE, bare)).toBeNull();
    expect(compareLines(LINE, { ...LINE, vmas: [[4, 5, "r--p", 0, "-"]] })).toBeNull();
  });
});

describe("an address outside of the window", () => {
  const [here, there] = ["=7fb2c0000000", "=7eff00000000"];
  test.each([
    ["mmap 0 0x1000 r PA -1 0", "a mapping without MAP_FIXED"],
    ["mremap 0x4000 0x1000 0x9000 1 0", "a move without MREMAP_FIXED"],
  ])("is the kernel's choice after %s, %s", (op) => {
    expect(compareLines({ i: 0, op, ret: here }, { i: 0, op, ret: there })).toBeNull();
  });

  test.each([
    ["mmap =0x7fb2c0000000 0x1000 r PFA -1 0", "MAP_FIXED"],
    ["mmap =0x7fb2c0000000 0x1000 r PNA -1 0", "MAP_FIXED_NOREPLACE"],
    ["mremap 0x4000 0x1000 0x1000 3 =0x7fb2c0000000", "MREMAP_FIXED"],
  ])("is the caller's choice after %s, with %s", (op) => {
    expect(compareLines({ i: 0, op, ret: here }, { i: 0, op, ret: there })).toMatchObject({ field: "ret" });
  });

  test("is compared where the kernel places nothing of itself", () => {
    const op = "mmap =0x200000000000 0x1000 r PA -1 0";
    const one = { i: 0, op, ret: "=200000000000" };
    expect(compareLines(one, { ...one, ret: "=200000001000" })).toMatchObject({ field: "ret" });
    expect(compareLines(one, { ...one, ret: here })).toMatchObject({ field: "ret" });
  });
});
