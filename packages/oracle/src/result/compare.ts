import { parseOperation } from "../list/parse-operations.ts";
import type { ResultLine, VmaLine } from "./result-line.ts";

/** What two results of one operation differ in. */
export type Difference = {
  readonly i: number;
  readonly op: string;
  /** `op`: they are of two operations, so that nothing else can be said of them. */
  readonly field: "op" | "ret" | "err" | "touch" | "child" | "vmas" | "pg";
  readonly expected: string;
  readonly got: string;
};

/** The oracle's own refusal: the kernel was not asked. */
export const REFUSED = "EXFULL";

/**
 * The first field in which the two lines differ, or null. Fields that one of them does not have are not compared, nor
 * addresses outside of the window that the kernel has chosen itself.
 */
export function compareLines(expected: ResultLine, got: ResultLine): Difference | null {
  const { i, op } = expected;
  const differ = (field: Difference["field"], one: unknown, other: unknown): Difference => ({
    i,
    op,
    field,
    expected: one === undefined ? "-" : JSON.stringify(one),
    got: other === undefined ? "-" : JSON.stringify(other),
  });
  if (op.trim() !== got.op.trim()) return differ("op", op.trim(), got.op.trim());
  if ((expected.child ?? false) !== (got.child ?? false)) return differ("child", expected.child, got.child);
  if (expected.touch !== got.touch) return differ("touch", expected.touch ?? expected.err, got.touch ?? got.err);
  if (expected.err !== got.err || place(op, expected.ret) !== place(op, got.ret)) {
    return differ("ret", expected.err ?? expected.ret, got.err ?? got.ret);
  }
  if (expected.vmas !== undefined && got.vmas !== undefined && !sameVmas(expected.vmas, got.vmas)) {
    return differ("vmas", expected.vmas, got.vmas);
  }
  if (expected.pg !== undefined && got.pg !== undefined && expected.pg !== got.pg) {
    return differ("pg", expected.pg, got.pg);
  }
  return null;
}

/** Where the kernel maps what nobody has placed: below mmap_base(), which is random. */
const MMAP_AREA = [0x7000_0000_0000, 0x7fff_8000_0000] as const;
const MAP_FIXED_OR_NOREPLACE = 0x10_0010n;
const MREMAP_FIXED = 2n;

function place(op: string, ret: string | undefined): string | undefined {
  if (ret?.startsWith("=") !== true) return ret;
  const address = Number(`0x${ret.slice(1)}`);
  const there = address >= MMAP_AREA[0] && address < MMAP_AREA[1];
  return there && !isPlaced(op) ? "elsewhere" : ret;
}

/** Whether the caller has said where to, so that no other address would do. */
function isPlaced(op: string): boolean {
  const operation = parseOperation(op, 1);
  if (operation.op === "mmap") return (operation.flags & MAP_FIXED_OR_NOREPLACE) !== 0n;
  return operation.op === "mremap" && (operation.flags & MREMAP_FIXED) !== 0n;
}

function sameVmas(expected: readonly VmaLine[], got: readonly VmaLine[]): boolean {
  if (expected.length !== got.length) return false;
  return expected.every((one, at) => {
    const other = got[at]!;
    const fields = Math.min(one.length, other.length);
    for (let field = 0; field < fields; field++) if (one[field] !== other[field]) return false;
    return true;
  });
}
