import type { ResultLine, VmaLine } from "./result-line.ts";

/** What two results of one operation differ in. */
export type Difference = {
  readonly i: number;
  readonly op: string;
  readonly field: "ret" | "err" | "touch" | "child" | "vmas" | "pg";
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
  if ((expected.child ?? false) !== (got.child ?? false)) return differ("child", expected.child, got.child);
  if (expected.touch !== got.touch) return differ("touch", expected.touch ?? expected.err, got.touch ?? got.err);
  if (expected.err !== got.err || place(expected.ret) !== place(got.ret)) {
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

/** Where the kernel maps what nobody has placed: below mmap_base(), which is random. Lists place nothing there. */
const MMAP_AREA = [0x7000_0000_0000, 0x7fff_8000_0000] as const;

function place(ret: string | undefined): string | undefined {
  if (ret?.startsWith("=") !== true) return ret;
  const address = Number(`0x${ret.slice(1)}`);
  return address >= MMAP_AREA[0] && address < MMAP_AREA[1] ? "elsewhere" : ret;
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
